import { type Db, MongoClient } from 'mongodb';
import { documentsBelong } from '#operations/moves/documents';
import { moveDocuments } from '#stores/mongo/move/index';
import { documentKeys } from '#stores/mongo/places/credentials';
import { dropOwnDatabase } from '#stores/mongo/places/own-database';
import { placesOf } from '#stores/mongo/places/record';
import { PLACE_NAME, placeNameOf } from '#stores/place-name';
import type { Tier } from '#tenancy/tiers';
import { TEST_SECRETS } from './secrets.ts';

/** Where the documents of a new tenant will be, before anybody knows the tenant: nobody has to be waited for. */
export async function placeDocuments(url: string, tenantId: string, tier: Tier): Promise<void> {
  const timings = { everyMs: 0, writeLeaseMs: 0, readLeaseMs: 0, patienceMs: 0 };
  const to = documentsBelong(tier);
  if (to === 'own') await moveDocuments({ url, keys: documentKeys(TEST_SECRETS), tenantId, to, timings, graceMs: 0 });
}

/** The database that holds the tenant's documents. @param db the shared one */
export async function databaseOf(db: Db, tenantId: string): Promise<Db> {
  const place = await placesOf(db).findOne({ _id: tenantId });
  return place?.where === 'own' ? db.client.db(placeNameOf(tenantId)) : db;
}

/** Names of the databases of tenants' own. */
export async function ownDatabases({ client }: Db): Promise<string[]> {
  const { databases } = await client.db('admin').admin().listDatabases({ nameOnly: true });
  return databases.map(({ name }) => name).filter((name) => PLACE_NAME.test(name));
}

/** Past the product: the tenant's documents, wherever they are, with its database and user. */
export async function eraseDocuments(db: Db, tenantId: string): Promise<void> {
  for (const { name } of await db.listCollections({}, { nameOnly: true }).toArray()) {
    await db.collection(name).deleteMany({ tenantId });
  }
  await dropOwnDatabase(db.client, tenantId);
  await placesOf(db).deleteOne({ _id: tenantId });
}

/** Makes MongoDB as it was before the product first saw it. */
export async function emptyMongo(url: string): Promise<void> {
  const client = await new MongoClient(url).connect();
  try {
    const db = client.db('polygraph');
    for (const name of await ownDatabases(db)) {
      const own = client.db(name);
      await own.command({ dropAllUsersFromDatabase: 1 });
      await own.command({ dropAllRolesFromDatabase: 1 });
      await own.dropDatabase();
    }
    await db.dropDatabase();
  } finally {
    await client.close();
  }
}
