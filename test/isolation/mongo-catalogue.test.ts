import type { Db } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { placeNameOf } from '#stores/place-name';
import { openTestMongo, type TestMongo } from '#test/kit/mongo';

/** What a migration of MongoDB could forget, asked of the server itself. */
let world: TestMongo;
let db: Db;
/** The shared database, and one of a tenant's own. */
let databases: readonly Db[];
beforeAll(async () => {
  world = await openTestMongo();
  db = world.mongo.dangerouslyAsSystem('reads the catalogue');
  const { tenantId } = world.tenant();
  await world.move(tenantId, 'own');
  databases = [db, db.client.db(placeNameOf(tenantId))];
});
afterAll(() => world.close());

/** Hold what was migrated and where documents are, and no tenant's documents. */
const OF_NO_TENANT = ['_migrations', '_places'];

interface Facts {
  readonly name: string;
  readonly validator: {
    readonly $jsonSchema?: { readonly required?: readonly string[]; readonly additionalProperties?: boolean };
    readonly $expr?: unknown;
  };
  readonly level: unknown;
  readonly action: unknown;
  /** First field of each index but that of `_id`, which begins with the tenant by the validator. */
  readonly indexes: readonly (string | undefined)[];
}

async function readCatalogue(db: Db): Promise<readonly Facts[]> {
  const collections = await db.listCollections().toArray();
  return Promise.all(
    collections
      .filter(({ name }) => !OF_NO_TENANT.includes(name))
      .map(async (collection) => {
        const {
          validator = {},
          validationLevel,
          validationAction,
        } = ('options' in collection && collection.options) || {};
        const indexes = (await db.collection(collection.name).indexes()).filter(({ name }) => name !== '_id_');
        return {
          name: collection.name,
          validator,
          level: validationLevel,
          action: validationAction,
          indexes: indexes.map(({ key }) => Object.keys(key)[0]),
        };
      }),
  );
}

const CHECKS: Readonly<Record<string, (facts: Facts) => boolean>> = {
  'no validator that requires the tenant': ({ validator: { $jsonSchema, $expr } }) =>
    !$jsonSchema?.required?.includes('tenantId') || $jsonSchema.additionalProperties !== false || $expr === undefined,
  'a validator that only warns': ({ level, action }) => level !== 'strict' || action !== 'error',
  'an index that does not begin with the tenant': ({ indexes }) => indexes.some((first) => first !== 'tenantId'),
  'no index that begins with the tenant': ({ indexes }) => indexes.length === 0,
};

const offenders = async (check: string) => {
  const catalogues = await Promise.all(databases.map(readCatalogue));
  return catalogues.flat().flatMap((facts) => (CHECKS[check]?.(facts) ? [facts.name] : []));
};

describe('no collection has', () => {
  it.each(Object.keys(CHECKS))('%s', async (check) => {
    for (const one of databases) expect((await readCatalogue(one)).length).toBeGreaterThan(5);
    expect(await offenders(check)).toEqual([]);
  });

  it('another shape in a database of a tenant’s own', async () => {
    const [shared, own] = await Promise.all(databases.map(readCatalogue));
    const byName = (facts: readonly Facts[] = []) => facts.toSorted((x, y) => x.name.localeCompare(y.name));
    expect(byName(own)).toEqual(byName(shared));
  });

  it('escapes these checks', async () => {
    await db.createCollection('forgotten', { validationAction: 'warn', validator: { tenantId: { $exists: true } } });
    try {
      for (const check of Object.keys(CHECKS).filter((name) => !name.startsWith('an index'))) {
        expect(await offenders(check), check).toEqual(['forgotten']);
      }
      await db.collection('forgotten').createIndex({ at: 1, tenantId: 1 });
      expect(await offenders('an index that does not begin with the tenant')).toEqual(['forgotten']);
    } finally {
      await db.collection('forgotten').drop();
    }
  });
});
