import { PolygraphError } from '#platform/errors';
import type { RegistrySql } from '#stores/postgres/registry';
import { hasScopes, type TenantContext } from '#tenancy/context';
import { isRole, isTenantScope, SCOPES, type Scope, scopesOf } from '#tenancy/roles';

/** Who holds this gives and takes access. */
export const ADMIN: Scope = 'tenant:admin';

/** What somebody has been given, or is to be. */
export interface Granted {
  readonly role: string;
  readonly customRole: string | null;
}

/** @throws PolygraphError BAD_USER_INPUT for what is no scope of a tenant, or more than there are */
export function checkScopes(scopes: readonly string[]): Scope[] {
  if (scopes.length > SCOPES.length) throw badInput(`\`scopes\` holds at most ${SCOPES.length}: there are no more.`);
  const wrong = scopes.filter((scope) => !isTenantScope(scope));
  if (wrong.length > 0) throw badInput(`There is no scope ${wrong.slice(0, 3).join(', ')} that a tenant can grant.`);
  if (scopes.length === 0) throw badInput('`scopes` is empty.');
  return [...new Set(scopes.filter(isTenantScope))].sort();
}

/** @throws PolygraphError FORBIDDEN where it is more than the one who gives it holds */
export function checkMayGrant(tenant: TenantContext, scopes: readonly Scope[]): void {
  const beyond = scopes.filter((scope) => !hasScopes(tenant, [scope]));
  if (beyond.length === 0) return;
  throw new PolygraphError('FORBIDDEN', `You do not hold ${beyond.join(' and ')}, so you cannot grant it.`, {
    facts: { missingScopes: beyond },
  });
}

/** @throws PolygraphError NOT_FOUND where the tenant has no such role, BAD_USER_INPUT where none can be called so */
export async function scopesOfGrant(sql: RegistrySql, { role, customRole }: Granted): Promise<readonly Scope[]> {
  if (customRole === null) return isRole(role) ? scopesOf([role]) : [];
  if (customRole.length > 60) throw badInput('`customRole` has at most 60 characters.');
  const [row] = await sql<{ scopes: string[] }>`SELECT scopes FROM roles WHERE name = ${customRole}`;
  if (!row) throw new PolygraphError('NOT_FOUND', `There is no role ${JSON.stringify(customRole)}.`);
  return row.scopes.filter(isTenantScope);
}

/** Members who hold `tenant:admin`, one way or the other. */
export async function listAdministrators(sql: RegistrySql): Promise<string[]> {
  const rows = await sql<{ id: string }>`
    SELECT m.user_id AS id FROM memberships m LEFT JOIN roles r ON r.name = m.custom_role AND r.tenant_id = m.tenant_id
    WHERE CASE WHEN m.custom_role IS NULL THEN m.role::text = ANY (${ADMIN_ROLES}) ELSE ${ADMIN} = ANY (r.scopes) END`;
  return rows.map(({ id }) => id);
}

/** Changes of who may do what in a tenant wait for each other, so that each sees what the one before has done. */
export async function takeTurns(sql: RegistrySql): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended('people ' || current_setting('app.tenant'), 0))`;
}

export const badInput = (message: string): PolygraphError => new PolygraphError('BAD_USER_INPUT', message);

const ADMIN_ROLES = ['OWNER', 'ADMIN'];
