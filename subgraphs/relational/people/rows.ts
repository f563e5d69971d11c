import type { RegistrySql } from '#stores/postgres/registry';

export interface TenantRoleRow {
  readonly name: string;
  readonly scopes: string[];
  readonly createdAt: Date;
}

export interface InvitationRow {
  readonly id: string;
  readonly email: string;
  readonly role: string;
  readonly customRole: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly acceptedAt: Date | null;
  readonly revokedAt: Date | null;
}

export interface ApiKeyRow {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: string[];
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  readonly lastUsedAt: Date | null;
}

export interface ApprovalRow {
  readonly id: string;
  readonly action: string;
  readonly subject: unknown;
  readonly state: 'PENDING' | 'APPROVED' | 'REJECTED';
  readonly requestedById: string;
  readonly requestedAt: Date;
  readonly expiresAt: Date;
  readonly decidedById: string | null;
  readonly decidedAt: Date | null;
}

export const listRoles = (sql: RegistrySql): Promise<TenantRoleRow[]> =>
  sql`SELECT name, scopes, created_at AS "createdAt" FROM roles ORDER BY name`;

export const listInvitations = (sql: RegistrySql): Promise<InvitationRow[]> =>
  sql`SELECT id, email, role::text, custom_role AS "customRole", created_at AS "createdAt", expires_at AS "expiresAt",
        accepted_at AS "acceptedAt", revoked_at AS "revokedAt"
      FROM invitations ORDER BY created_at DESC, id LIMIT 100`;

export const listApiKeys = (sql: RegistrySql): Promise<ApiKeyRow[]> =>
  sql`SELECT id, name, prefix, scopes, created_at AS "createdAt", expires_at AS "expiresAt", revoked_at AS "revokedAt",
        last_used_at AS "lastUsedAt"
      FROM api_keys ORDER BY created_at DESC, id LIMIT 100`;

/** All, or the one with that id. */
export const listApprovals = (sql: RegistrySql, id: string | null = null): Promise<ApprovalRow[]> =>
  sql`SELECT id, action, subject, state, requested_by AS "requestedById", requested_at AS "requestedAt",
        expires_at AS "expiresAt", decided_by AS "decidedById", decided_at AS "decidedAt"
      FROM approvals WHERE ${id}::uuid IS NULL OR id = ${id}::uuid ORDER BY requested_at DESC, id LIMIT 100`;
