import type { Logger } from '#platform/log';
import { assertMinted, type TenantContext } from '#tenancy/context';
import type { StoreBreaker } from '../breaker.ts';
import type { Store } from '../stores.ts';
import { createTenantAnswers, type TenantAnswers } from './answers.ts';
import { type Attempt, type Attempts, createAttempts } from './attempts.ts';
import { connectRedis, type RedisConnection } from './connection.ts';
import { type RedisKey, tenantKey } from './keys.ts';
import { createRateLimits, type RateLimit, type RateLimits, type RateVerdict } from './rate-limit.ts';
import { createTenantConnections } from './tenant-connections.ts';
import { createTenantUsers, type TenantUsers } from './users.ts';

export type { Attempt, Attempts, RateLimit, RateVerdict, RedisKey, TenantAnswers };

export interface Redis extends Store<TenantRedis> {
  /** Of the breaker; 'closed' serves. */
  state: StoreBreaker['state'];
  /** Of whoever is not known yet. Never reachable from a resolver. */
  readonly attempts: Attempts;
  /** Of tenants of the tier ENTERPRISE; absent where the settings do without. For who looks after the store. */
  readonly users: Pick<TenantUsers, 'check' | 'list' | 'remove'> | undefined;
}

/**
 * Redis as one tenant reaches it. It offers these commands and no others:
 * nothing scans, evaluates or names a key of another tenant, because a caller
 * gives parts of a key and never the key.
 */
export interface TenantRedis {
  /** What was stored as JSON, or undefined. Older versions may have written it: check its shape. */
  get(key: RedisKey): Promise<unknown>;
  /** In the order of the keys, one command. */
  getMany(keys: readonly RedisKey[]): Promise<unknown[]>;
  /** @param ttlSeconds whole seconds, at least 1: nothing is kept for ever */
  set(key: RedisKey, value: unknown, ttlSeconds: number): Promise<void>;
  /** Gives and removes what was stored: of all who ask at the same time, one gets it. */
  take(key: RedisKey): Promise<unknown>;
  /** @returns how many there were */
  delete(...keys: readonly RedisKey[]): Promise<number>;
  /** Takes points under each key, one command for all. Never fails: counts in this process while Redis is away. */
  consume(takes: readonly TenantTake[]): Promise<RateVerdict[]>;
  giveBack(take: TenantTake): Promise<void>;
  /** Kept answers. */
  readonly answers: TenantAnswers;
}

export interface TenantTake {
  readonly key: RedisKey;
  readonly limit: RateLimit;
  readonly points: number;
}

export interface RedisOptions {
  url: string;
  /** Master secrets, from which the passwords of tenants' users derive; without them no ENTERPRISE tenant is served. */
  secrets?: readonly [string, ...string[]] | undefined;
  /** False reaches ENTERPRISE tenants as all others are: the keys that are sent are then all that parts them. */
  tenantUsers?: boolean;
  /** Longest wait for one command. */
  timeoutMs?: number;
  /** Most connections of tenants at a time. */
  maxTenantConnections?: number;
  /** How long a tenant's connection is kept that nobody uses. */
  idleMs?: number;
  log: Logger;
}

/**
 * Costs no I/O: the first command connects. A tenant of the tier ENTERPRISE is reached over a connection of its own, as
 * a user that the server holds to its keys. The keys are the same in all tiers, so that a move carries nothing here, and
 * who goes by a former tier for a second finds the same.
 */
export function openRedis(options: RedisOptions): Redis {
  const { url, secrets, tenantUsers = true, timeoutMs = 2_000, log } = options;
  const { maxTenantConnections: most = 64, idleMs = 30_000 } = options;
  const shared = connectRedis(url, timeoutMs, log);
  const limits = createRateLimits();
  const users = createTenantUsers({ shared, secrets, database: Number(new URL(url).pathname.slice(1)), log });
  const own = createTenantConnections({ url, shared, users, timeoutMs, most, idleMs, log });
  const connectionOf = ({ tenantId, tier }: TenantContext): RedisConnection =>
    tenantUsers && tier === 'ENTERPRISE' ? own.of(tenantId) : shared;
  return {
    name: 'redis',
    state: shared.state,
    attempts: createAttempts(shared, limits),
    users: tenantUsers ? users : undefined,
    async ping() {
      await shared.command(['PING'], (client) => client.ping());
    },
    forTenant(tenant) {
      assertMinted(tenant);
      return createHandle(tenant, connectionOf(tenant), limits);
    },
    async close() {
      own.close();
      await shared.close();
    },
  };
}

function createHandle(tenant: TenantContext, connection: RedisConnection, limits: RateLimits): TenantRedis {
  const { command } = connection;
  const keyOf = (key: RedisKey): string => tenantKey(tenant, key);
  return {
    async get(key) {
      const name = keyOf(key);
      return fromJson(await command(['GET', name], (client) => client.get(name)));
    },
    async getMany(keys) {
      if (keys.length === 0) return [];
      const names = keys.map(keyOf);
      return (await command(['MGET', ...names], (client) => client.mget(names))).map(fromJson);
    },
    async set(key, value, ttlSeconds) {
      if (!Number.isInteger(ttlSeconds) || ttlSeconds < 1) {
        throw new TypeError(`A time to live is whole seconds, at least 1; got ${ttlSeconds}.`);
      }
      const text = JSON.stringify(value);
      if (text === undefined) throw new TypeError('Redis keeps JSON; this value has none.');
      const name = keyOf(key);
      await command(['SET', name], (client) => client.set(name, text, 'EX', ttlSeconds));
    },
    async take(key) {
      const name = keyOf(key);
      return fromJson(await command(['GETDEL', name], (client) => client.getdel(name)));
    },
    async delete(...keys) {
      const names = keys.map(keyOf);
      return names.length === 0 ? 0 : command(['DEL', ...names], (client) => client.del(names));
    },
    consume: (takes) =>
      limits.take(
        connection,
        takes.map((take) => ({ ...take, key: keyOf(take.key) })),
      ),
    giveBack: (take) => limits.giveBack(connection, { ...take, key: keyOf(take.key) }),
    // Made when asked for: each request has a handle in each subgraph, and the gateway alone keeps answers.
    get answers() {
      return createTenantAnswers(tenant, connection);
    },
  };
}

/** What is not JSON was not written by us, and counts as absent. */
function fromJson(text: string | null): unknown {
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
