import type { RegistrySql } from '#stores/postgres/registry';
import type { Context } from '../../context.ts';
import type { MutationAllowSharedUseArgs, MutationAnswerSharingOfferArgs } from '../../generated/resolvers.ts';
import { notFound, uuidOf } from '../changes.ts';
import { checkPurpose, subjectOf } from './input.ts';

export interface OfferRow {
  readonly id: string;
  readonly giver: string;
  readonly giverId: string;
  readonly purpose: string;
  readonly accepted: boolean | null;
  readonly expiresAt: Date;
  readonly createdAt: Date;
}

export interface AccessRow {
  readonly purpose: string;
  readonly subject: string;
  readonly createdAt: Date;
}

export function listOffers({ tenant, stores }: Context): Promise<OfferRow[]> {
  return stores.postgres.sharing.dangerouslyReadAcrossTenants({}, (sql) => readOffers(sql, tenant.tenantId, null));
}

/** The answer is a row of this tenant's own; the rule stays the giver's. */
export async function answerOffer(
  { tenant, stores }: Context,
  { id, accept }: MutationAnswerSharingOfferArgs,
): Promise<OfferRow> {
  const { sharing } = stores.postgres;
  const { tenantId } = tenant;
  const ruleId = uuidOf(id, 'offer');
  const [offer] = await sharing.dangerouslyReadAcrossTenants({}, (sql) => readOffers(sql, tenantId, ruleId));
  if (!offer) throw notFound('offer');
  const answer = accept ? 'ACCEPTED' : 'REFUSED';
  await sharing.transaction(
    (sql) => sql`
      INSERT INTO sharing_answers AS a (tenant_id, giver_id, rule_id, answer, place_generation)
      SELECT p.tenant_id, ${offer.giverId}, ${ruleId}, ${answer}, p.generation FROM placements p WHERE p.tenant_id = ${tenantId}
      ON CONFLICT (tenant_id, giver_id, rule_id) DO UPDATE
      SET answer = excluded.answer, place_generation = excluded.place_generation, answered_at = now()`,
    { action: accept ? 'sharing.accept' : 'sharing.refuse' },
  );
  return { ...offer, accepted: accept };
}

export const listAccess = ({ stores }: Context): Promise<AccessRow[]> =>
  stores.postgres.sharing.transaction(readAccess);

export function allowSharedUse({ tenant, stores }: Context, args: MutationAllowSharedUseArgs): Promise<AccessRow[]> {
  const [purpose, subject] = [checkPurpose(args.purpose), subjectOf(args)];
  return stores.postgres.sharing.transaction(
    async (sql) => {
      await sql`INSERT INTO sharing_access (tenant_id, purpose, subject)
        VALUES (${tenant.tenantId}, ${purpose}, ${subject}) ON CONFLICT DO NOTHING`;
      return readAccess(sql);
    },
    { action: 'sharing.allow' },
  );
}

export function denySharedUse({ stores }: Context, args: MutationAllowSharedUseArgs): Promise<AccessRow[]> {
  const [purpose, subject] = [checkPurpose(args.purpose), subjectOf(args)];
  return stores.postgres.sharing.transaction(
    async (sql) => {
      await sql`DELETE FROM sharing_access WHERE purpose = ${purpose} AND subject = ${subject}`;
      return readAccess(sql);
    },
    { action: 'sharing.deny' },
  );
}

const readAccess = (sql: RegistrySql) => sql<AccessRow>`
  SELECT x.purpose, x.subject, x.created_at AS "createdAt" FROM sharing_access x ORDER BY x.purpose, x.subject LIMIT 1000`;

/** One that has ended is not there: policies hide it. */
const readOffers = (sql: RegistrySql, tenantId: string, id: string | null) => sql<OfferRow>`
  SELECT r.id, r.giver_name AS giver, r.tenant_id AS "giverId", r.purpose, a.answer = 'ACCEPTED' AS accepted,
    r.expires_at AS "expiresAt", r.created_at AS "createdAt"
  FROM sharing_rules r
  LEFT JOIN sharing_answers a ON a.tenant_id = r.grantee_id AND a.giver_id = r.tenant_id AND a.rule_id = r.id
  WHERE r.grantee_id = ${tenantId} AND (${id}::uuid IS NULL OR r.id = ${id})
  ORDER BY r.created_at DESC, r.id DESC LIMIT 100`;
