import { z } from 'zod';
import { PolygraphError } from '#platform/errors';
import type { RegistrySql } from '#stores/postgres/registry';
import type { TenantContext } from '#tenancy/context';
import { ROLES, SCOPES } from '#tenancy/roles';
import { ADMIN, badInput, checkMayGrant, listAdministrators, scopesOfGrant } from './grants.ts';

/**
 * What can wait for a second person: what it needs to know, whether it gives or
 * takes `tenant:admin`, and how it is done. `check` runs when it is asked for
 * and again, as the one who decides, when it is done: neither may grant what
 * they do not hold.
 */
export interface Action<Subject> {
  readonly schema: z.ZodType<Subject>;
  check(sql: RegistrySql, tenant: TenantContext, subject: Subject): Promise<{ readonly sensitive: boolean }>;
  perform(sql: RegistrySql, tenant: TenantContext, subject: Subject): Promise<void>;
}

const role = z.enum(ROLES as [string, ...string[]]);
const scopes = z.array(z.enum(SCOPES));
const Member = z.strictObject({ userId: z.uuid() });
const MemberRole = z.strictObject({ userId: z.uuid(), role, customRole: z.string().nullable() });
const Role = z.strictObject({ name: z.string(), scopes });
const Invitation = z.strictObject({
  ...{ id: z.uuid(), email: z.string(), role, customRole: z.string().nullable() },
  ...{ tokenHash: z.string(), days: z.int() },
});
const ApiKey = z.strictObject({
  ...{ id: z.uuid(), name: z.string(), prefix: z.string(), hash: z.string(), scopes },
  expiresAt: z.iso.datetime().nullable(),
});

export const ACTIONS = {
  'role.define': action(Role, {
    async check(sql, tenant, { name, scopes: wanted }) {
      checkMayGrant(tenant, wanted);
      const [known] = await sql<{ scopes: string[] }>`SELECT scopes FROM roles WHERE name = ${name}`;
      return { sensitive: wanted.includes(ADMIN) !== (known?.scopes.includes(ADMIN) ?? false) };
    },
    async perform(sql, { tenantId }, { name, scopes: wanted }) {
      await sql`INSERT INTO roles (tenant_id, name, scopes) VALUES (${tenantId}, ${name}, ${wanted})
        ON CONFLICT (tenant_id, name) DO UPDATE SET scopes = excluded.scopes`;
      await someAdministrator(sql);
    },
  }),
  'member.role': action(MemberRole, {
    async check(sql, tenant, subject) {
      const [now, next] = [await scopesOfMember(sql, subject.userId), await scopesOfGrant(sql, subject)];
      checkMayGrant(tenant, [...now, ...next]);
      return { sensitive: now.includes(ADMIN) !== next.includes(ADMIN) };
    },
    async perform(sql, _, subject) {
      await sql`UPDATE memberships SET role = ${subject.role}::membership_role, custom_role = ${subject.customRole}
        WHERE user_id = ${subject.userId}`;
      await someAdministrator(sql);
    },
  }),
  'member.remove': action(Member, {
    async check(sql, tenant, { userId }) {
      const now = await scopesOfMember(sql, userId);
      checkMayGrant(tenant, now);
      return { sensitive: now.includes(ADMIN) };
    },
    async perform(sql, _, { userId }) {
      await sql`DELETE FROM memberships WHERE user_id = ${userId}`;
      await someAdministrator(sql);
    },
  }),
  'invitation.create': action(Invitation, {
    async check(sql, tenant, subject) {
      const next = await scopesOfGrant(sql, subject);
      checkMayGrant(tenant, next);
      return { sensitive: next.includes(ADMIN) };
    },
    async perform(sql, { tenantId, principal }, { id, email, days, tokenHash, ...subject }) {
      await sql`UPDATE invitations SET revoked_at = now() WHERE email = ${email} AND accepted_at IS NULL AND revoked_at IS NULL`;
      await sql`INSERT INTO invitations (tenant_id, id, email, role, custom_role, token_hash, invited_by, expires_at)
        VALUES (${tenantId}, ${id}, ${email}, ${subject.role}::membership_role, ${subject.customRole}, ${tokenHash},
          ${`${principal.kind}:${principal.id}`}, now() + make_interval(days => ${days}))`;
    },
  }),
  'apiKey.create': action(ApiKey, {
    async check(_, tenant, { scopes: wanted }) {
      checkMayGrant(tenant, wanted);
      return { sensitive: wanted.includes(ADMIN) };
    },
    async perform(sql, { tenantId, principal }, { id, name, prefix, hash, scopes: wanted, expiresAt }) {
      await sql`INSERT INTO api_keys (tenant_id, id, name, prefix, hash, scopes, expires_at, created_by)
        VALUES (${tenantId}, ${id}, ${name}, ${prefix}, ${hash}, ${wanted}, ${expiresAt}, ${`${principal.kind}:${principal.id}`})`;
    },
  }),
} as const;

export type ActionName = keyof typeof ACTIONS;
export type SubjectOf<Name extends ActionName> = z.output<(typeof ACTIONS)[Name]['schema']>;

function action<Subject>(schema: z.ZodType<Subject>, rest: Omit<Action<Subject>, 'schema'>): Action<Subject> {
  return { schema, ...rest };
}

async function scopesOfMember(sql: RegistrySql, userId: string) {
  const [row] = await sql<{ role: string; customRole: string | null }>`
    SELECT role::text, custom_role AS "customRole" FROM memberships WHERE user_id = ${userId}`;
  if (!row) throw new PolygraphError('NOT_FOUND', 'There is no such member.');
  return scopesOfGrant(sql, row);
}

/** A tenant that nobody administers could not be helped by itself any more. */
async function someAdministrator(sql: RegistrySql): Promise<void> {
  if ((await listAdministrators(sql)).length === 0) throw badInput('The last administrator cannot be taken away.');
}
