import type { Role } from '#tenancy/roles';
import type { Tier } from '#tenancy/tiers';

export interface TenantRow {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly tier: Tier;
  readonly status: 'ACTIVE' | 'SUSPENDED' | 'CLOSED';
  readonly maxUsers: number;
  readonly maxStorageGb: number;
  readonly maxContents: number;
  readonly features: string[];
  readonly createdAt: Date;
}

/** A person as one tenant knows them: the membership, and of the person the e-mail alone. */
export interface UserRow {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  readonly joinedAt: Date;
}
