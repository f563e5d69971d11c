import type pg from 'pg';
import type { Logger } from '#platform/log';
import { LIMITS_OF_TIER } from '#tenancy/limits';
import {
  type EffectiveSetting,
  type Environment,
  effectivePolicy,
  type PolicyLayer,
  type PolicyName,
  PolicyOverrides,
  withOverrides,
} from '#tenancy/policy';
import type { Tier } from '#tenancy/tiers';
import { copyRegistry } from './copies.ts';
import { makePlace } from './migrate.ts';
import { type OwnPlace, ownPlaceOf, placementOf } from './placement.ts';
import { createPostgresPool, type OnPrimary, sameServer } from './pool.ts';
import type { ApiKeyInput, MembershipInput, TenantInput, UserInput } from './provision-inputs.ts';
import { urlOfRole } from './roles.ts';

export type { ApiKeyInput, MembershipInput, TenantInput, UserInput } from './provision-inputs.ts';

export interface ProvisionOptions {
  /** The migrator's; this connects as `polygraph_provision` with a derived password. */
  url: string;
  secrets: readonly [string, ...string[]];
  timeoutMs?: number;
  onPrimary?: OnPrimary | undefined;
  log: Logger;
}

export interface TenantSummary {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly tier: Tier;
  readonly status: TenantStatus;
  /** What was agreed with it instead of what its tier gives. */
  readonly overrides: PolicyOverrides;
}

export type TenantStatus = 'ACTIVE' | 'SUSPENDED' | 'CLOSED';

/** Makes tenants, people, memberships and keys, each by a given id: called again, it changes what differs. */
export interface Provision {
  /**
   * Makes a place of its own first where the tier has one, so that nobody is let in before it is there.
   * @throws Error where another tier would move a tenant that is there to another place
   */
  upsertTenant(input: TenantInput): Promise<void>;
  upsertUser(input: UserInput): Promise<void>;
  /** Needs the tenant and the user. */
  upsertMembership(input: MembershipInput): Promise<void>;
  upsertApiKey(input: ApiKeyInput): Promise<void>;
  /** By slug. */
  listTenants(): Promise<TenantSummary[]>;
  /** @returns false where there is no such tenant */
  setTenantStatus(tenantId: string, status: TenantStatus): Promise<boolean>;
  /**
   * Changes what differs from the tier's template for one tenant, everywhere (`*`) or in one environment; null takes a
   * value back. In force at once, for the environment of this installation; pools and caches follow within a second.
   * @returns undefined where there is no such tenant @throws ZodError that names what is wrong
   */
  overridePolicy(input: OverrideInput): Promise<EffectiveSetting[] | undefined>;
}

export interface OverrideInput {
  readonly tenantId: string;
  readonly layer: PolicyLayer;
  readonly changes: Readonly<Record<string, unknown>>;
  /** Of this installation. */
  readonly environment: Environment;
}

/**
 * Works across tenants, so it is for the command line and the demo import and
 * never within reach of a resolver. Its database role sees tenants, people,
 * memberships and keys, and none of what tenants keep. Each call is logged with the reason.
 */
export function openPostgresProvision({
  url,
  secrets,
  timeoutMs = 10_000,
  onPrimary = sameServer,
  log,
}: ProvisionOptions): {
  dangerouslyAsSystem(reason: string): Provision;
  close(): Promise<void>;
} {
  const pool = createPostgresPool({
    url: urlOfRole(url, 'provision', secrets),
    size: 2,
    timeoutMs,
    applicationName: 'polygraph provision',
    onPrimary,
    log,
  });
  const places: Places = {
    make: async (place) => void (await makePlace({ url: onPrimary(url), secrets, place })),
    copy: (place, userId) =>
      copyRegistry({ url: onPrimary(url), secrets, place, ...(userId === undefined ? {} : { userId }) }),
  };
  const run =
    (reason: string): Run =>
    (action, text, ...values) => {
      log.info({ reason, action, system: true }, 'acting as the system');
      return pool.query(text, values);
    };
  return {
    dangerouslyAsSystem(reason) {
      if (reason.trim().length < 3)
        throw new TypeError('Acting as the system needs a reason that a reader understands.');
      return createProvision(run(reason), places);
    },
    close: () => pool.end(),
  };
}

type Run = <Row extends pg.QueryResultRow = never>(
  action: string,
  text: string,
  ...values: unknown[]
) => Promise<{ rows: Row[]; rowCount: number | null }>;

/** What is done for tenants that live apart: their place holds a copy of what is kept of them here. */
interface Places {
  make(place: OwnPlace): Promise<void>;
  /** Everybody, or one person. */
  copy(place: OwnPlace, userId?: string): Promise<void>;
}

function createProvision(run: Run, places: Places): Provision {
  const ownPlacesOf = async (where: string, id: string): Promise<OwnPlace[]> => {
    const { rows } = await run<{ id: string; tier: Tier }>(
      'readTier',
      `SELECT id, tier FROM tenants WHERE ${where}`,
      id,
    );
    return rows.flatMap(({ id: tenantId, tier }) => ownPlaceOf({ tenantId, tier }) ?? []);
  };
  const copyAll = async (where: string, id: string, userId?: string): Promise<void> => {
    for (const place of await ownPlacesOf(where, id)) await places.copy(place, userId);
  };
  return {
    async upsertTenant({ id, slug, name, tier, features = [], limits = LIMITS_OF_TIER[tier] }) {
      const { rows } = await run<{ tier: Tier }>('readTier', 'SELECT tier FROM tenants WHERE id = $1', id);
      const [known] = rows;
      const own = ownPlaceOf({ tenantId: id, tier });
      if (known && placementOf({ tenantId: id, tier: known.tier }).kind !== (own?.kind ?? 'shared')) {
        throw new Error(
          `The tenant ${slug} is ${known.tier} and cannot become ${tier} like this: \`polygraph tenant move\` takes its data along.`,
        );
      }
      if (own) await places.make(own);
      const { maxUsers, maxStorageGb, maxContents } = limits;
      const values = [id, slug, name, tier, features, maxUsers, maxStorageGb, maxContents];
      await run('upsertTenant', UPSERT_TENANT, ...values);
      if (own) await places.copy(own);
    },
    async upsertUser({ id, email, name }) {
      await run('upsertUser', UPSERT_USER, id, email.toLowerCase(), name);
      await copyAll('id IN (SELECT tenant_id FROM memberships WHERE user_id = $1)', id, id);
    },
    async upsertMembership({ tenantId, userId, role, displayName }) {
      const { rowCount } = await run(
        'upsertMembership',
        UPSERT_MEMBERSHIP,
        tenantId,
        userId,
        role,
        displayName ?? null,
      );
      if (rowCount === 0) throw new Error(`There is no user ${userId} to become a member.`);
      await copyAll('id = $1', tenantId, userId);
    },
    async upsertApiKey({ tenantId, id, name, prefix, hash, scopes, expiresAt }) {
      await run('upsertApiKey', UPSERT_API_KEY, tenantId, id, name, prefix, hash, scopes, expiresAt ?? null);
      await copyAll('id = $1', tenantId);
    },
    async listTenants() {
      const text = 'SELECT id, slug, name, tier, status, overrides FROM tenants ORDER BY slug';
      const { rows } = await run<TenantSummary & pg.QueryResultRow>('listTenants', text);
      return rows.map((row) => ({ ...row, overrides: PolicyOverrides.parse(row.overrides) }));
    },
    async setTenantStatus(tenantId, status) {
      const text = 'UPDATE tenants SET status = $2 WHERE id = $1';
      const found = (await run('setTenantStatus', text, tenantId, status)).rowCount === 1;
      if (found) await copyAll('id = $1', tenantId);
      return found;
    },
    async overridePolicy({ tenantId, layer, changes, environment }) {
      const read = 'SELECT tier, overrides FROM tenants WHERE id = $1';
      const { rows } = await run<{ tier: Tier; overrides: unknown }>('readPolicy', read, tenantId);
      const [row] = rows;
      if (!row) return undefined;
      const overrides = withOverrides(PolicyOverrides.parse(row.overrides), layer, changes);
      const effective = effectivePolicy(row.tier, overrides, environment);
      const value = (name: PolicyName): number | undefined => effective.find((one) => one.name === name)?.value;
      const limits = [value('limits.maxUsers'), value('limits.maxStorageGb'), value('limits.maxContents')];
      const days = effective.find(({ name, source }) => name === 'retention.eventsDays' && source !== 'TIER')?.value;
      await run('overridePolicy', OVERRIDE_POLICY, tenantId, JSON.stringify(overrides), ...limits, days ?? null);
      await copyAll('id = $1', tenantId);
      return effective;
    },
  };
}

const UPSERT_TENANT = `
  INSERT INTO tenants (id, slug, name, tier, features, max_users, max_storage_gb, max_contents)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
  ON CONFLICT (id) DO UPDATE SET slug = excluded.slug, name = excluded.name, tier = excluded.tier,
    features = excluded.features, max_users = excluded.max_users, max_storage_gb = excluded.max_storage_gb,
    max_contents = excluded.max_contents`;
const OVERRIDE_POLICY = `
  UPDATE tenants SET overrides = $2, max_users = $3, max_storage_gb = $4, max_contents = $5, events_days = $6
  WHERE id = $1`;
const UPSERT_USER = `
  INSERT INTO users (id, email, name) VALUES ($1, $2, $3)
  ON CONFLICT (id) DO UPDATE SET email = excluded.email, name = excluded.name`;
const UPSERT_MEMBERSHIP = `
  INSERT INTO memberships (tenant_id, user_id, role, display_name)
  SELECT $1, id, $3, coalesce($4, name) FROM users WHERE id = $2
  ON CONFLICT (tenant_id, user_id) DO UPDATE SET role = excluded.role, display_name = excluded.display_name`;
const UPSERT_API_KEY = `
  INSERT INTO api_keys (tenant_id, id, name, prefix, hash, scopes, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (tenant_id, id) DO UPDATE SET name = excluded.name, prefix = excluded.prefix, hash = excluded.hash,
    scopes = excluded.scopes, expires_at = excluded.expires_at`;
