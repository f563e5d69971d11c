import type { AnyBulkWriteOperation, ClientSession, Collection, Db, Document } from 'mongodb';
import { PolygraphError } from '#platform/errors';
import { tally } from '#platform/tally';
import { type Computed, compileGrouping, type DateField, type Grouping, type GroupRow } from './aggregate.ts';
import {
  compileDocument,
  compileFields,
  compileIdentity,
  compileKeys,
  compileLimit,
  compileSort,
  compileUpdate,
  type Update,
} from './compile.ts';
import { COLLECTIONS, type CollectionName, type CollectionSpec, type Documents, type Keys } from './documents.ts';
import { compileFilter, type Sort, type StoredDocument, type Where } from './filter.ts';
import { isDuplicateKey } from './unreachable.ts';

/**
 * One collection as one tenant sees it. Every method sends one command, whose
 * tenant comes from the handle; no method takes a filter, a pipeline or an
 * update in the driver's own form.
 */
export interface TenantCollection<K extends CollectionName, D = Documents[K]> {
  /** All in one batch, so that it stays one command (more only beyond 16 MB). */
  find<F extends keyof D & string>(where: Where<D>, options: FindOptions<D, F>): Promise<Pick<D, F>[]>;
  findOne<F extends keyof D & string>(where: Where<D>, fields: readonly F[]): Promise<Pick<D, F> | undefined>;
  /** Documents by their whole keys, at most `MAX_VALUES`; those that are not there are left out. */
  findByKey<F extends keyof D & string>(keys: readonly Keys[K][], fields: readonly F[]): Promise<Pick<D, F>[]>;
  /** Exact, and of this tenant only. */
  count(where: Where<D>): Promise<number>;
  group<const G extends keyof D & string, const C extends Computed, const S extends DateField<D> = never>(
    grouping: Grouping<D, G, C, S>,
  ): Promise<GroupRow<D, G, C, S>[]>;
  /** All or, on an error, those before it. @throws PolygraphError CONFLICT where the tenant has one already */
  insertMany(documents: readonly D[]): Promise<void>;
  /** Changes one document. @returns whether one matched */
  updateOne(where: Where<D>, update: Update<D>): Promise<boolean>;
  /** @returns how many there were. @throws TypeError for an empty filter, which would be everything of the tenant */
  deleteMany(where: Where<D>): Promise<number>;
  /** Deletes documents by their whole keys, at most `MAX_VALUES`. @returns how many there were */
  deleteByKey(keys: readonly Keys[K][]): Promise<number>;
  /** Changes or makes each document, named by its key, in any order. */
  upsertMany(upserts: readonly { key: Keys[K]; update: Update<D> }[]): Promise<void>;
}

export interface FindOptions<D, F extends keyof D> {
  readonly fields: readonly F[];
  readonly sort?: Sort<D>;
  /** Values of the fields of `sort`, in its order: only what comes strictly behind them. */
  readonly after?: readonly (string | number | Date)[] | undefined;
  readonly limit: number;
}

export interface CollectionOptions {
  road: TenantRoad;
  tenantId: string;
  timeoutMs: number;
  session: ClientSession | undefined;
}

/** The way to the database that holds the tenant's documents at the moment. */
export interface TenantRoad {
  read<T>(command: (db: Db) => Promise<T>): Promise<T>;
  write<T>(command: (db: Db) => Promise<T>): Promise<T>;
}

export function createTenantCollection<K extends CollectionName>(
  name: K,
  { road, tenantId, timeoutMs, session }: CollectionOptions,
): TenantCollection<K> {
  type D = Documents[K];
  if (!Object.hasOwn(COLLECTIONS, name)) throw new TypeError(`There is no collection ${JSON.stringify(name)}.`);
  const spec: CollectionSpec = COLLECTIONS[name];
  // A command that nobody waits for any longer is not applied long after.
  const within = { ...(session ? { session } : {}), maxTimeMS: timeoutMs };
  const send = async <T>(kind: keyof TenantRoad, description: Description, command: Command<T>): Promise<T> => {
    tally('mongo', () => ({ text: JSON.stringify({ ...description, collection: name }), tenantId }));
    try {
      return await road[kind]((db) => command(db.collection<StoredDocument>(name)));
    } catch (error) {
      throw isDuplicateKey(error) ? alreadyThere(error) : error;
    }
  };
  const read = <T>(description: Description, command: Command<T>) => send('read', description, command);
  const write = <T>(description: Description, command: Command<T>) => send('write', description, command);

  return {
    find<F extends keyof D & string>(where: Where<D>, { fields, sort = [], after, limit }: FindOptions<D, F>) {
      const filter = compileFilter(spec, tenantId, where, after ? { sort, values: after } : undefined);
      const options = {
        ...within,
        projection: compileFields(spec, fields),
        sort: compileSort(spec, sort),
        limit: compileLimit(limit),
        batchSize: limit + 1,
      };
      const { projection, sort: order } = options;
      return read({ find: filter, projection, sort: order, limit }, (collection) =>
        collection.find<Pick<D, F>>(filter, options).toArray(),
      );
    },

    async findOne<F extends keyof D & string>(where: Where<D>, fields: readonly F[]) {
      const options = { ...within, projection: compileFields(spec, fields) };
      const filter = compileFilter(spec, tenantId, where);
      return (
        (await read({ findOne: filter, projection: options.projection }, (collection) =>
          collection.findOne<Pick<D, F>>(filter, options),
        )) ?? undefined
      );
    },

    async findByKey<F extends keyof D & string>(keys: readonly Keys[K][], fields: readonly F[]) {
      if (keys.length === 0) return [];
      const filter = compileKeys(spec, tenantId, keys);
      const options = { ...within, projection: compileFields(spec, fields), batchSize: keys.length + 1 };
      return read({ find: filter, projection: options.projection }, (collection) =>
        collection.find<Pick<D, F>>(filter, options).toArray(),
      );
    },

    count(where) {
      const filter = compileFilter(spec, tenantId, where);
      return read({ countDocuments: filter }, (collection) => collection.countDocuments(filter, within));
    },

    async group<G extends keyof D & string, C extends Computed, S extends DateField<D> = never>(
      grouping: Grouping<D, G, C, S>,
    ) {
      const pipeline = compileGrouping(spec, tenantId, grouping);
      const options = { ...within, batchSize: grouping.limit + 1 };
      const rows = await read({ aggregate: pipeline }, (collection) =>
        collection.aggregate<{ _id: Document }>(pipeline, options).toArray(),
      );
      return rows.map(({ _id, ...computed }) => ({ ..._id, ...computed }) as GroupRow<D, G, C, S>);
    },

    async insertMany(documents) {
      // Compiled first and altogether: one foreign document among many refuses the whole call.
      const compiled = documents.map((document) => compileDocument(spec, tenantId, document as object));
      if (compiled.length > 0)
        await write({ insertMany: compiled }, (collection) =>
          collection.insertMany(compiled as StoredDocument[], within),
        );
    },

    async updateOne(where, update) {
      const filter = compileFilter(spec, tenantId, where);
      const change = compileUpdate(spec, update);
      const { matchedCount } = await write({ updateOne: filter, update: change }, (collection) =>
        collection.updateOne(filter, change, within),
      );
      return matchedCount > 0;
    },

    async deleteMany(where) {
      if (Object.keys(where).length === 0) throw new TypeError('A deletion says which documents.');
      const filter = compileFilter(spec, tenantId, where);
      const { deletedCount } = await write({ deleteMany: filter }, (collection) =>
        collection.deleteMany(filter, within),
      );
      return deletedCount;
    },

    async deleteByKey(keys) {
      if (keys.length === 0) return 0;
      const filter = compileKeys(spec, tenantId, keys);
      const { deletedCount } = await write({ deleteMany: filter }, (collection) =>
        collection.deleteMany(filter, within),
      );
      return deletedCount;
    },

    async upsertMany(upserts) {
      const operations = upserts.map(({ key, update }) => compileUpsert(spec, tenantId, key, update));
      if (operations.length > 0)
        await write({ bulkWrite: operations }, (collection) =>
          collection.bulkWrite(operations, { ...within, ordered: false }),
        );
    },
  };
}

type Description = Readonly<Record<string, unknown>>;
type Command<T> = (collection: Collection<StoredDocument>) => Promise<T>;

function compileUpsert(
  spec: CollectionSpec,
  tenantId: string,
  key: object,
  change: object,
): AnyBulkWriteOperation<StoredDocument> {
  const { _id } = compileIdentity(spec, tenantId, key);
  const { $setOnInsert = {}, ...update } = compileUpdate(spec, change);
  const parts = Object.fromEntries(Object.entries(key).filter(([name]) => spec.key.includes(name)));
  return {
    updateOne: {
      // The tenant is also inside `_id`; it is matched so that no statement is without it.
      filter: { _id: { $eq: _id }, tenantId: { $eq: tenantId } },
      update: { ...update, $setOnInsert: { ...$setOnInsert, ...parts } },
      upsert: true,
    },
  };
}

function alreadyThere(cause: unknown): PolygraphError {
  const originalError = cause instanceof Error ? cause : new Error(String(cause));
  return new PolygraphError('CONFLICT', 'This has been recorded already.', { originalError });
}
