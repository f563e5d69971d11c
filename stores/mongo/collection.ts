import type { AnyBulkWriteOperation, ClientSession, Db, Document } from 'mongodb';
import { PolygraphError } from '#platform/errors';
import { tally } from '#platform/tally';
import type { StoreBreaker } from '../breaker.ts';
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
  db: Db;
  tenantId: string;
  breaker: StoreBreaker;
  timeoutMs: number;
  session: ClientSession | undefined;
}

export function createTenantCollection<K extends CollectionName>(
  name: K,
  { db, tenantId, breaker, timeoutMs, session }: CollectionOptions,
): TenantCollection<K> {
  type D = Documents[K];
  if (!Object.hasOwn(COLLECTIONS, name)) throw new TypeError(`There is no collection ${JSON.stringify(name)}.`);
  const spec: CollectionSpec = COLLECTIONS[name];
  const collection = db.collection<StoredDocument>(name);
  const within = session ? { session } : {};
  const reading = { ...within, maxTimeMS: timeoutMs };
  const send = async <T>(description: Readonly<Record<string, unknown>>, command: () => Promise<T>): Promise<T> => {
    tally('mongo', () => ({ text: JSON.stringify({ ...description, collection: name }), tenantId }));
    try {
      return await breaker.run(command);
    } catch (error) {
      throw isDuplicateKey(error) ? alreadyThere(error) : error;
    }
  };

  return {
    find<F extends keyof D & string>(where: Where<D>, { fields, sort = [], after, limit }: FindOptions<D, F>) {
      const filter = compileFilter(spec, tenantId, where, after ? { sort, values: after } : undefined);
      const options = {
        ...reading,
        projection: compileFields(spec, fields),
        sort: compileSort(spec, sort),
        limit: compileLimit(limit),
        batchSize: limit + 1,
      };
      const { projection, sort: order } = options;
      return send({ find: filter, projection, sort: order, limit }, () =>
        collection.find<Pick<D, F>>(filter, options).toArray(),
      );
    },

    async findOne<F extends keyof D & string>(where: Where<D>, fields: readonly F[]) {
      const options = { ...reading, projection: compileFields(spec, fields) };
      const filter = compileFilter(spec, tenantId, where);
      return (
        (await send({ findOne: filter, projection: options.projection }, () =>
          collection.findOne<Pick<D, F>>(filter, options),
        )) ?? undefined
      );
    },

    async findByKey<F extends keyof D & string>(keys: readonly Keys[K][], fields: readonly F[]) {
      if (keys.length === 0) return [];
      const filter = compileKeys(spec, tenantId, keys);
      const options = { ...reading, projection: compileFields(spec, fields), batchSize: keys.length + 1 };
      return send({ find: filter, projection: options.projection }, () =>
        collection.find<Pick<D, F>>(filter, options).toArray(),
      );
    },

    count(where) {
      const filter = compileFilter(spec, tenantId, where);
      return send({ countDocuments: filter }, () => collection.countDocuments(filter, reading));
    },

    async group<G extends keyof D & string, C extends Computed, S extends DateField<D> = never>(
      grouping: Grouping<D, G, C, S>,
    ) {
      const pipeline = compileGrouping(spec, tenantId, grouping);
      const options = { ...reading, batchSize: grouping.limit + 1 };
      const rows = await send({ aggregate: pipeline }, () =>
        collection.aggregate<{ _id: Document }>(pipeline, options).toArray(),
      );
      return rows.map(({ _id, ...computed }) => ({ ..._id, ...computed }) as GroupRow<D, G, C, S>);
    },

    async insertMany(documents) {
      // Compiled first and altogether: one foreign document among many refuses the whole call.
      const compiled = documents.map((document) => compileDocument(spec, tenantId, document as object));
      if (compiled.length > 0)
        await send({ insertMany: compiled }, () => collection.insertMany(compiled as StoredDocument[], within));
    },

    async updateOne(where, update) {
      const filter = compileFilter(spec, tenantId, where);
      const change = compileUpdate(spec, update);
      const { matchedCount } = await send({ updateOne: filter, update: change }, () =>
        collection.updateOne(filter, change, within),
      );
      return matchedCount > 0;
    },

    async deleteMany(where) {
      if (Object.keys(where).length === 0) throw new TypeError('A deletion says which documents.');
      const filter = compileFilter(spec, tenantId, where);
      const { deletedCount } = await send({ deleteMany: filter }, () => collection.deleteMany(filter, within));
      return deletedCount;
    },

    async deleteByKey(keys) {
      if (keys.length === 0) return 0;
      const filter = compileKeys(spec, tenantId, keys);
      const { deletedCount } = await send({ deleteMany: filter }, () => collection.deleteMany(filter, within));
      return deletedCount;
    },

    async upsertMany(upserts) {
      const operations = upserts.map(({ key, update }) => compileUpsert(spec, tenantId, key, update));
      if (operations.length > 0)
        await send({ bulkWrite: operations }, () => collection.bulkWrite(operations, { ...within, ordered: false }));
    },
  };
}

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
