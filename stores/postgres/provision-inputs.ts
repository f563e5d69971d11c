import type { TenantLimits } from '#tenancy/limits';
import type { Role, Scope } from '#tenancy/roles';
import type { Tier } from '#tenancy/tiers';

export interface TenantInput {
  id: string;
  /** Lower-case letters, digits and hyphens, at most 63. */
  slug: string;
  name: string;
  tier: Tier;
  features?: readonly string[];
  /** Those of its tier where absent. */
  limits?: TenantLimits;
}

export interface UserInput {
  id: string;
  email: string;
  name: string;
}

export interface MembershipInput {
  tenantId: string;
  userId: string;
  role: Role;
  /** The name this tenant shows; the person's own where absent. */
  displayName?: string;
}

export interface ApiKeyInput {
  tenantId: string;
  id: string;
  name: string;
  prefix: string;
  /** SHA-256 of the whole key, lower-case hex. */
  hash: string;
  scopes: readonly Scope[];
  expiresAt?: Date;
}
