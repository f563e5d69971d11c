import type { StoreName } from '#platform/tally';
import type { TenantContext } from '#tenancy/context';
import type { Mongo, TenantMongo } from './mongo/index.ts';
import type { Neo4j, TenantNeo4j } from './neo4j/index.ts';
import type { Postgres, TenantPostgres } from './postgres/index.ts';
import type { Redis, TenantRedis } from './redis/index.ts';

/** The four stores, as one tenant reaches them. Made for each request; making it costs no I/O. */
export interface TenantStores {
  readonly postgres: TenantPostgres;
  readonly mongo: TenantMongo;
  readonly neo4j: TenantNeo4j;
  readonly redis: TenantRedis;
}

/** The four stores of the process. Nothing here reads a tenant's data without a TenantContext. */
export interface Stores {
  readonly postgres: Postgres;
  readonly mongo: Mongo;
  readonly neo4j: Neo4j;
  readonly redis: Redis;
  forTenant(context: TenantContext): TenantStores;
  close(): Promise<void>;
}

/** What every store offers besides its own handle. */
export interface Store<Handle> {
  readonly name: StoreName;
  /** Resolves when the store answers a trivial statement; rejects with STORE_UNAVAILABLE otherwise. */
  ping(): Promise<void>;
  /** The only way to a tenant's data. @throws TypeError for a context that the verifier did not make */
  forTenant(context: TenantContext): Handle;
  close(): Promise<void>;
}

export function combineStores(postgres: Postgres, mongo: Mongo, neo4j: Neo4j, redis: Redis): Stores {
  return {
    postgres,
    mongo,
    neo4j,
    redis,
    forTenant: (context) => ({
      postgres: postgres.forTenant(context),
      mongo: mongo.forTenant(context),
      neo4j: neo4j.forTenant(context),
      redis: redis.forTenant(context),
    }),
    async close() {
      await Promise.allSettled([postgres.close(), mongo.close(), neo4j.close(), redis.close()]);
    },
  };
}
