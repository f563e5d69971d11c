/** What a principal may do inside its tenant. A role grants scopes; nothing else does. */
export const SCOPES = [
  'content:read',
  'content:write',
  'content:delete',
  'analytics:read',
  'analytics:write',
  'knowledge:read',
  'knowledge:write',
  'memory:read',
  'memory:write',
  'memory:share',
  'tenant:read',
  'tenant:admin',
  'audit:read',
  'operations:read',
  'platform:read',
  'platform:operate',
] as const;
export type Scope = (typeof SCOPES)[number];

const READ = ['content:read', 'analytics:read', 'knowledge:read', 'memory:read', 'tenant:read'] as const;
const EDIT = [...READ, 'content:write', 'analytics:write', 'knowledge:write', 'memory:write'] as const;
const ADMIN = [...EDIT, 'content:delete', 'memory:share', 'tenant:admin', 'audit:read', 'operations:read'] as const;

/** `platform:*` is granted by PLATFORM_ADMIN alone: for facts and care of the installation, never of another tenant. */
const GRANTS = {
  OWNER: ADMIN,
  ADMIN: ADMIN,
  EDITOR: EDIT,
  VIEWER: READ,
  AUDITOR: [...READ, 'audit:read', 'operations:read'],
  PLATFORM_ADMIN: [...READ, 'audit:read', 'operations:read', 'platform:read', 'platform:operate'],
} as const satisfies Record<string, readonly Scope[]>;

export type Role = keyof typeof GRANTS;
export const ROLES = Object.keys(GRANTS) as readonly Role[];

export function isRole(value: unknown): value is Role {
  return typeof value === 'string' && Object.hasOwn(GRANTS, value);
}

export function isScope(value: unknown): value is Scope {
  return (SCOPES as readonly unknown[]).includes(value);
}

/** What a tenant can grant: the rest is the platform's, whatever a row says. */
export function isTenantScope(value: unknown): value is Scope {
  return isScope(value) && !value.startsWith('platform:');
}

/** The union of what the roles grant, sorted, so that equal sets print equally (cache keys depend on it). */
export function scopesOf(roles: readonly Role[]): readonly Scope[] {
  return [...new Set(roles.flatMap((role): readonly Scope[] => GRANTS[role]))].sort();
}
