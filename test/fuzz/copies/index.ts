import { copyMongo, digestOthersInMongo, type MongoCopy, restoreMongo } from './mongo.ts';
import { copyGraph, digestOthersInGraph, type GraphAddress, type GraphCopy, restoreGraph } from './neo4j.ts';
import { copyPostgres, digestOthers, type PostgresCopy, restorePostgres, type Who } from './postgres.ts';
import { forgetInRedis, keysOfOthers } from './redis.ts';

export type { Who } from './postgres.ts';

/** Addresses of four stores, by the names of platform/settings.ts. */
export type StoreAddresses = Readonly<Record<string, string | undefined>>;

/** All that three stores hold of one tenant. Redis holds nothing that does not come from them. */
export interface TenantCopy {
  readonly who: Who;
  readonly postgres: PostgresCopy;
  readonly mongo: MongoCopy;
  readonly graph: GraphCopy;
}

/** Reads a tenant past the product, exactly. */
export async function copyTenant(stores: StoreAddresses, who: Who): Promise<TenantCopy> {
  const [postgres, mongo, graph] = await Promise.all([
    copyPostgres(address(stores, 'DATABASE_URL'), who),
    copyMongo(address(stores, 'MONGODB_URL'), who.id),
    copyGraph(graphOf(stores), who.id),
  ]);
  return { who, postgres, mongo, graph };
}

/** Makes the tenant what it was, in the stores it was read from or in others, past the product. */
export async function restoreTenant(stores: StoreAddresses, copy: TenantCopy): Promise<void> {
  const { who } = copy;
  await Promise.all([
    restorePostgres(address(stores, 'DATABASE_URL'), who, copy.postgres),
    restoreMongo(address(stores, 'MONGODB_URL'), who.id, copy.mongo),
    restoreGraph(graphOf(stores), who.id, copy.graph),
    forgetInRedis(address(stores, 'REDIS_URL'), who.id),
  ]);
}

/** What the stores hold besides one tenant, table by table: equal before and after whatever that tenant does. */
export type Rest = ReadonlyMap<string, string>;

/** @param others tenants whose places are looked into */
export async function restOf(stores: StoreAddresses, who: Who, others: readonly Who[]): Promise<Rest> {
  const parts = await Promise.all([
    digestOthers(address(stores, 'DATABASE_URL'), who, others),
    digestOthersInMongo(address(stores, 'MONGODB_URL'), who.id),
    digestOthersInGraph(graphOf(stores), who.id),
    keysOfOthers(address(stores, 'REDIS_URL'), who.id),
  ]);
  return new Map(parts.flatMap((part) => [...part]));
}

/** Names of what differs. A key of Redis may be gone, since all of them end by themselves. */
export function changedRest(before: Rest, after: Rest): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => {
    const ended = name.startsWith('redis ') && !after.has(name);
    return !ended && before.get(name) !== after.get(name);
  });
}

function address(stores: StoreAddresses, name: string): string {
  const value = stores[name];
  if (!value) throw new TypeError(`${name} is missing.`);
  return value;
}

function graphOf(stores: StoreAddresses): GraphAddress {
  return {
    url: address(stores, 'NEO4J_URL'),
    user: address(stores, 'NEO4J_USER'),
    password: address(stores, 'NEO4J_PASSWORD'),
  };
}
