import type { Logger } from '#platform/log';
import { tally } from '#platform/tally';
import { UUID } from '#platform/uuid';
import type { Directory } from '#tenancy/directory';
import { PolicyOverrides } from '#tenancy/policy';
import { isRole, isScope, isTenantScope } from '#tenancy/roles';
import { isTier, type Tier } from '#tenancy/tiers';
import { createStoreBreaker } from '../breaker.ts';
import { isUnreachable } from './errors.ts';
import { createPostgresPool, type OnPrimary } from './pool.ts';
import { urlOfRole } from './roles.ts';

export interface DirectoryOptions {
  /** The migrator's; the directory connects as `polygraph_identity` with a derived password. */
  url: string;
  secrets: readonly [string, ...string[]];
  poolSize?: number;
  timeoutMs?: number;
  onPrimary?: OnPrimary | undefined;
  log: Logger;
}

/**
 * Who may enter, read before a tenant is known. Its role can read these columns
 * of these three tables and nothing else: no content, no name, no e-mail.
 * Every call throws STORE_UNAVAILABLE where PostgreSQL does not answer.
 */
export function createDirectory({
  url,
  secrets,
  poolSize = 2,
  timeoutMs = 2_000,
  onPrimary,
  log,
}: DirectoryOptions): Directory & { close(): Promise<void> } {
  const pool = createPostgresPool({
    url: urlOfRole(url, 'identity', secrets),
    size: poolSize,
    timeoutMs,
    applicationName: 'polygraph identity',
    onPrimary,
    log,
  });
  const breaker = createStoreBreaker({ store: 'postgres', isUnreachable, timeoutMs: timeoutMs + 500 });
  const first = async <Row extends object>(text: string, values: readonly string[]): Promise<Row | undefined> => {
    tally('postgres', () => ({ text, tenantId: undefined }));
    const { rows } = await breaker.run(() => pool.query<Row>(text, [...values]));
    return rows[0];
  };
  return {
    async tenant(tenantId) {
      if (!UUID.test(tenantId)) return undefined;
      const row = await first<TenantRow>(TENANT, [tenantId]);
      if (!row || !isTier(row.tier)) return undefined;
      const { overrides: given, ...facts } = row;
      const overrides = PolicyOverrides.safeParse(given ?? {});
      // What cannot be read was written past the product: nothing is agreed then, rather than nobody let in.
      return { ...facts, ...(given !== null && overrides.success ? { overrides: overrides.data } : {}) };
    },
    async membership(tenantId, userId) {
      if (!UUID.test(tenantId) || !UUID.test(userId)) return undefined;
      const row = await first<MembershipRow>(
        `SELECT m.role, m.custom_role AS custom, r.scopes FROM memberships m
         LEFT JOIN roles r ON r.tenant_id = m.tenant_id AND r.name = m.custom_role
         WHERE m.tenant_id = $1 AND m.user_id = $2`,
        [tenantId, userId],
      );
      if (!row || !isRole(row.role)) return undefined;
      // A role that is gone grants nothing, rather than what its holder had before.
      const scopes = row.custom === null ? undefined : (row.scopes ?? []).filter(isTenantScope);
      return { userId, role: row.role, scopes };
    },
    async apiKey(prefix) {
      const row = await first<ApiKeyRow>(
        'SELECT id, tenant_id, hash, scopes, expires_at, revoked_at FROM api_keys WHERE prefix = $1',
        [prefix],
      );
      if (!row) return undefined;
      return {
        id: row.id,
        tenantId: row.tenant_id,
        hash: row.hash,
        scopes: row.scopes.filter(isScope),
        expiresAt: row.expires_at ?? undefined,
        revokedAt: row.revoked_at ?? undefined,
      };
    },
    close: () => pool.end(),
  };
}

/** Most have agreed nothing, and null says so at no cost. */
const TENANT = `SELECT id, slug, tier, status, nullif(overrides, '{}') AS overrides FROM tenants WHERE id = $1`;

interface TenantRow {
  readonly id: string;
  readonly slug: string;
  readonly tier: Tier;
  readonly status: 'ACTIVE' | 'SUSPENDED' | 'CLOSED';
  readonly overrides: unknown;
}

interface MembershipRow {
  readonly role: string;
  readonly custom: string | null;
  readonly scopes: string[] | null;
}

interface ApiKeyRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly hash: string;
  readonly scopes: string[];
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
}
