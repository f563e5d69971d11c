import { type Db, MongoClient } from 'mongodb';
import type { Logger } from '#platform/log';
import type { SealingKeys } from '#platform/sealing';
import { ensureCollections, fingerprintOfCollections } from './ensure.ts';
import { makeOwnDatabase, wantedOwnDatabase } from './places/own-database.ts';
import { placesOf } from './places/record.ts';

export interface MigrateMongoOptions {
  /** Of who may make users and databases, where any tenant has its own. */
  url: string;
  database?: string;
  /** Of the users of tenants' own databases; absent, those are left as they are. */
  keys?: SealingKeys;
  log: Logger;
  /** How long to wait for a server that is still starting, in milliseconds. */
  patienceMs?: number;
}

/**
 * Brings collections, validators and indexes to what `documents.ts` says, in the shared database and in each of a
 * tenant's own, and the passwords of those to the first key. Each step states the end and may be repeated, so two processes that start at once,
 * or one that was killed half-way, end in the same place without a lock.
 * Does nothing when the recorded state is already the wanted one.
 * @returns whether anything had to be done
 */
export async function migrateMongo({
  url,
  database = 'polygraph',
  keys,
  log,
  patienceMs = 30_000,
}: MigrateMongoOptions): Promise<{ changed: boolean }> {
  const client = new MongoClient(url, {
    appName: 'polygraph-migrate',
    serverSelectionTimeoutMS: patienceMs,
    writeConcern: { w: 'majority', journal: true },
  });
  try {
    const shared = await migrateShared(client.db(database), log);
    const own = keys ? await migrateOwn(client, database, keys, log) : 0;
    return { changed: shared || own > 0 };
  } finally {
    await client.close();
  }
}

async function migrateShared(db: Db, log: Logger): Promise<boolean> {
  const state = db.collection<{ _id: string; fingerprint: string; at: Date }>('_migrations');
  const fingerprint = fingerprintOfCollections();
  if ((await state.findOne({ _id: 'collections' }))?.fingerprint === fingerprint) return false;
  await ensureCollections(db);
  await state.updateOne({ _id: 'collections' }, { $set: { fingerprint, at: new Date() } }, { upsert: true });
  log.info({ store: 'mongo', database: db.databaseName }, 'migrated');
  return true;
}

/** @returns how many databases something was done in */
async function migrateOwn(client: MongoClient, database: string, keys: SealingKeys, log: Logger): Promise<number> {
  const places = placesOf(client.db(database));
  let changed = 0;
  // One that is being left is read only, and soon gone.
  for (const { _id: tenant, made } of await places.find({ where: 'own', state: 'open' }).toArray()) {
    if (made === wantedOwnDatabase(tenant, keys)) continue;
    const wanted = await makeOwnDatabase(client, tenant, keys);
    await places.updateOne({ _id: tenant, where: 'own' }, { $set: { made: wanted } });
    log.info({ store: 'mongo', tenant }, 'migrated');
    changed += 1;
  }
  return changed;
}
