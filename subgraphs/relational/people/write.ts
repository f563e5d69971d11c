import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { PolygraphError } from '#platform/errors';
import { createApiKey } from '#tenancy/api-key';
import { isTenantScope } from '#tenancy/roles';
import { isUuid } from '../../runtime/ids.ts';
import type { Context } from '../context.ts';
import type {
  CreateApiKeyInput,
  InviteMemberInput,
  MutationChangeMemberRoleArgs,
  MutationDefineRoleArgs,
  MutationRotateApiKeyArgs,
} from '../generated/resolvers.ts';
import { type Change, change } from './four-eyes.ts';
import { badInput, checkMayGrant, checkScopes, takeTurns } from './grants.ts';

export type Shown<Name extends string> = Change & { readonly id: string } & Readonly<Record<Name, string>>;

export function defineRole(context: Context, { name, scopes }: MutationDefineRoleArgs): Promise<Change> {
  if (!ROLE_NAME.test(name)) throw badInput('`name` has 1 to 60 of a-z, 0-9 and hyphens, and begins with a letter.');
  return change(context, 'role.define', { name, scopes: checkScopes(scopes) });
}

export async function deleteRole({ stores }: Context, name: string): Promise<Change> {
  const remove = stores.postgres.registry.transaction(
    async (sql) => {
      await takeTurns(sql);
      const users = await sql`SELECT FROM memberships WHERE custom_role = ${name} UNION ALL
        SELECT FROM invitations WHERE custom_role = ${name} AND accepted_at IS NULL AND revoked_at IS NULL LIMIT 1`;
      if (users.length > 0) throw new PolygraphError('CONFLICT', 'Somebody has this role, or is invited to it.');
      return sql`DELETE FROM roles WHERE name = ${name} RETURNING name`;
    },
    { action: 'role.delete' },
  );
  return found(await remove, 'role');
}

export async function inviteMember(context: Context, input: InviteMemberInput): Promise<Shown<'token'>> {
  const { role, customRole = null } = input;
  const email = EMAIL.safeParse(input.email);
  if (!email.success) throw badInput('`email` is no address.');
  const days = input.days ?? 7;
  if (days < 1 || days > 30) throw badInput('`days` is from 1 to 30.');
  const id = randomUUID();
  const token = `pi_${context.tenant.tenantId}_${randomBytes(32).toString('base64url')}`;
  const tokenHash = createHash('sha256').update(token).digest('hex');
  const asked = { id, email: email.data, role, customRole, tokenHash, days };
  return { ...(await change(context, 'invitation.create', asked)), id, token };
}

export async function revokeInvitation({ stores }: Context, id: string): Promise<Change> {
  const rows = await stores.postgres.registry.transaction(
    (sql) => sql`UPDATE invitations SET revoked_at = now()
      WHERE id = ${uuid(id, 'invitation')} AND accepted_at IS NULL AND revoked_at IS NULL RETURNING id`,
    { action: 'invitation.revoke' },
  );
  return found(rows, 'invitation');
}

export function changeMemberRole(
  context: Context,
  { userId, role, customRole = null }: MutationChangeMemberRoleArgs,
): Promise<Change> {
  return change(context, 'member.role', { userId: uuid(userId, 'member'), role, customRole });
}

export function removeMember(context: Context, userId: string): Promise<Change> {
  return change(context, 'member.remove', { userId: uuid(userId, 'member') });
}

export async function makeApiKey(context: Context, input: CreateApiKeyInput): Promise<Shown<'key'>> {
  const name = input.name.trim();
  if (name.length < 1 || name.length > 200 || name.includes('\0')) throw badInput('`name` has 1 to 200 characters.');
  if (input.expiresAt && input.expiresAt <= new Date()) throw badInput('`expiresAt` is not in the future.');
  const expiresAt = input.expiresAt?.toISOString() ?? null;
  const { key, ...kept } = createApiKey();
  const id = randomUUID();
  const asked = { ...kept, id, name, scopes: checkScopes(input.scopes), expiresAt };
  return { ...(await change(context, 'apiKey.create', asked)), id, key };
}

/** Both are good for the overlap, so that whoever uses it has time to change it. */
export async function rotateApiKey(
  { tenant, stores }: Context,
  { id: old, overlapSeconds }: MutationRotateApiKeyArgs,
): Promise<Shown<'key'>> {
  const overlap = overlapSeconds ?? 3_600;
  if (overlap < 0 || overlap > WEEK) throw badInput(`\`overlapSeconds\` is from 0 to ${WEEK}.`);
  const { key, prefix, hash } = createApiKey();
  const id = randomUUID();
  await stores.postgres.registry.transaction(
    async (sql) => {
      const [row] = await sql<{ name: string; scopes: string[]; expiresAt: Date | null }>`
        UPDATE api_keys k SET expires_at = least(k.expires_at, now() + make_interval(secs => ${overlap}))
        FROM api_keys was WHERE was.id = k.id AND k.id = ${uuid(old, 'key')} AND k.revoked_at IS NULL
          AND coalesce(k.expires_at > now(), true)
        RETURNING k.name, k.scopes, was.expires_at AS "expiresAt"`;
      if (!row) throw notFound('key');
      checkMayGrant(tenant, row.scopes.filter(isTenantScope));
      await sql`INSERT INTO api_keys (tenant_id, id, name, prefix, hash, scopes, expires_at, created_by)
        VALUES (${tenant.tenantId}, ${id}, ${row.name}, ${prefix}, ${hash}, ${row.scopes}, ${row.expiresAt},
          ${`${tenant.principal.kind}:${tenant.principal.id}`})`;
    },
    { action: 'apiKey.rotate' },
  );
  return { id, key, done: true, approval: null };
}

export async function revokeApiKey({ stores }: Context, id: string): Promise<Change> {
  const rows = await stores.postgres.registry.transaction(
    (sql) =>
      sql`UPDATE api_keys SET revoked_at = now() WHERE id = ${uuid(id, 'key')} AND revoked_at IS NULL RETURNING id`,
    { action: 'apiKey.revoke' },
  );
  return found(rows, 'key');
}

function found(rows: readonly unknown[], what: string): Change {
  if (rows.length === 0) throw notFound(what);
  return { done: true, approval: null };
}

function uuid(id: string, what: string): string {
  if (!isUuid(id)) throw notFound(what);
  return id.toLowerCase();
}

const notFound = (what: string): PolygraphError => new PolygraphError('NOT_FOUND', `There is no such ${what}.`);
const ROLE_NAME = /^[a-z][a-z0-9-]{0,59}$/;
const EMAIL = z
  .email()
  .max(320)
  .transform((text) => text.toLowerCase());
const WEEK = 7 * 86_400;
