import { createHash } from 'node:crypto';
import { BSON, type Db, type Document, MongoClient } from 'mongodb';
import { databaseOf, ownDatabases } from '#test/kit/documents';

/** Documents with their exact types, by collection. */
export type MongoCopy = ReadonlyMap<string, readonly Document[]>;

export async function copyMongo(url: string, tenantId: string): Promise<MongoCopy> {
  return withDatabase(url, async (db) => new Map(await readEach(await databaseOf(db, tenantId), { tenantId })));
}

export async function restoreMongo(url: string, tenantId: string, copy: MongoCopy): Promise<void> {
  await withDatabase(url, async (shared) => {
    const db = await databaseOf(shared, tenantId);
    for (const name of await collectionsOf(db)) {
      await db.collection(name).deleteMany({ tenantId });
      const documents = copy.get(name) ?? [];
      if (documents.length > 0) await db.collection(name).insertMany([...documents]);
    }
  });
}

/** A digest of every document that is not the tenant's, by collection. */
export async function digestOthersInMongo(url: string, tenantId: string): Promise<Map<string, string>> {
  return withDatabase(url, async (db) => {
    const digests = new Map<string, string>();
    for (const database of [db, ...(await ownDatabases(db)).map((name) => db.client.db(name))]) {
      for (const [name, documents] of await readEach(database, { tenantId: { $ne: tenantId } })) {
        digests.set(`mongo ${database.databaseName} ${name}`, digest(documents));
      }
    }
    return digests;
  });
}

async function readEach(db: Db, filter: Document): Promise<[string, Document[]][]> {
  return Promise.all(
    (await collectionsOf(db)).map(async (name): Promise<[string, Document[]]> => {
      // Plain numbers would come back as another type of number than they were.
      return [name, await db.collection(name).find(filter, { promoteValues: false }).toArray()];
    }),
  );
}

function digest(documents: readonly Document[]): string {
  const lines = documents.map((one) => BSON.EJSON.stringify(one, { relaxed: false })).sort();
  return createHash('sha256').update(lines.join('\n')).digest('base64url');
}

async function collectionsOf(db: Db): Promise<string[]> {
  const found = await db.listCollections({}, { nameOnly: true }).toArray();
  return found.map(({ name }) => name).filter((name) => !name.startsWith('_') && !name.startsWith('system.'));
}

async function withDatabase<T>(url: string, work: (db: Db) => Promise<T>): Promise<T> {
  const client = await new MongoClient(url).connect();
  try {
    return await work(client.db('polygraph'));
  } finally {
    await client.close();
  }
}
