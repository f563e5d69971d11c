import type { PolicyOverrides } from './policy.ts';
import type { Role, Scope } from './roles.ts';
import type { Tier } from './tiers.ts';

/**
 * What identity must know before a tenant is known: it is read across tenants,
 * by a database role that can read these few columns and nothing else.
 */
export interface Directory {
  tenant(tenantId: string): Promise<TenantRecord | undefined>;
  membership(tenantId: string, userId: string): Promise<MembershipRecord | undefined>;
  /** @param prefix the public part of a key, which names it */
  apiKey(prefix: string): Promise<ApiKeyRecord | undefined>;
}

export interface TenantRecord {
  readonly id: string;
  readonly slug: string;
  readonly tier: Tier;
  readonly status: 'ACTIVE' | 'SUSPENDED' | 'CLOSED';
  /** What was agreed with it; absent where that is nothing. */
  readonly overrides?: PolicyOverrides | undefined;
}

export interface MembershipRecord {
  readonly userId: string;
  readonly role: Role;
  /** Of a role of the tenant's own, which takes the place of what `role` grants. */
  readonly scopes?: readonly Scope[] | undefined;
}

export interface ApiKeyRecord {
  readonly id: string;
  readonly tenantId: string;
  /** SHA-256 of the whole key, lower-case hex. */
  readonly hash: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt: Date | undefined;
  readonly revokedAt: Date | undefined;
}
