import { createHash } from 'node:crypto';
import { type Db, type Document, MongoClient, MongoError } from 'mongodb';
import type { Logger } from '#platform/log';
import { UUID } from '#platform/uuid';
import { COLLECTION_NAMES, COLLECTIONS } from './documents.ts';
import { type CollectionSpec, type FieldKind, isWordKind, type PlainKind, WORDS } from './spec.ts';

export interface MigrateMongoOptions {
  url: string;
  database?: string;
  log: Logger;
  /** How long to wait for a server that is still starting, in milliseconds. */
  patienceMs?: number;
}

/**
 * Brings collections, validators and indexes to what `documents.ts` says. Each
 * step states the end and may be repeated, so two processes that start at once,
 * or one that was killed half-way, end in the same place without a lock.
 * Does nothing when the recorded state is already the wanted one.
 * @returns whether anything had to be done
 */
export async function migrateMongo({
  url,
  database = 'polygraph',
  log,
  patienceMs = 30_000,
}: MigrateMongoOptions): Promise<{ changed: boolean }> {
  const client = new MongoClient(url, {
    appName: 'polygraph-migrate',
    serverSelectionTimeoutMS: patienceMs,
    writeConcern: { w: 'majority', journal: true },
  });
  try {
    const db = client.db(database);
    const state = db.collection<{ _id: string; fingerprint: string; at: Date }>('_migrations');
    const fingerprint = fingerprintOf();
    if ((await state.findOne({ _id: 'collections' }))?.fingerprint === fingerprint) return { changed: false };
    for (const name of COLLECTION_NAMES) {
      await ensureCollection(db, name, COLLECTIONS[name]);
      log.info({ store: 'mongo', collection: name }, 'migrated');
    }
    await state.updateOne({ _id: 'collections' }, { $set: { fingerprint, at: new Date() } }, { upsert: true });
    return { changed: true };
  } finally {
    await client.close();
  }
}

async function ensureCollection(db: Db, name: string, spec: CollectionSpec): Promise<void> {
  const rules = { validator: validatorOf(spec), validationLevel: 'strict', validationAction: 'error' } as const;
  try {
    await db.createCollection(name, rules);
  } catch (error) {
    if (!isNamespaceExists(error)) throw error;
    await db.command({ collMod: name, ...rules });
  }
  for (const { fields, unique = false } of spec.indexes) {
    const keys = Object.fromEntries([['tenantId', 1], ...fields.map((field) => [field, 1] as const)]);
    await db.collection(name).createIndex(keys, { unique, name: ['tenantId', ...fields].join('_') });
  }
}

/**
 * The wall behind the handle: whoever writes by another way still cannot leave a
 * document without a tenant, with fields nobody knows, or under the `_id` of
 * another tenant.
 */
export function validatorOf(spec: CollectionSpec): Document {
  const fields = Object.entries(spec.fields);
  return {
    $jsonSchema: {
      bsonType: 'object',
      required: ['_id', 'tenantId', ...fields.filter(([, { optional }]) => !optional).map(([name]) => name)],
      additionalProperties: false,
      properties: {
        _id: { bsonType: 'string' },
        tenantId: { bsonType: 'string', pattern: UUID.source },
        ...Object.fromEntries(fields.map(([name, { kind }]) => [name, schemaOf(kind)])),
      },
    },
    $expr: { $eq: [{ $substrCP: ['$_id', 0, 37] }, { $concat: ['$tenantId', '/'] }] },
  };
}

const SCHEMAS: Record<PlainKind, Document> = {
  uuid: { bsonType: 'string', pattern: UUID.source },
  text: { bsonType: 'string' },
  day: { bsonType: 'string', pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' },
  hour: { bsonType: 'string', pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}$' },
  int: { bsonType: ['int', 'long', 'double'] },
  number: { bsonType: ['int', 'long', 'double'] },
  date: { bsonType: 'date' },
  json: { bsonType: 'object' },
  bytes: { bsonType: 'binData' },
};

const schemaOf = (kind: FieldKind): Document => (isWordKind(kind) ? { enum: [...WORDS[kind]] } : SCHEMAS[kind]);

function fingerprintOf(): string {
  const wanted = COLLECTION_NAMES.map((name) => [name, validatorOf(COLLECTIONS[name]), COLLECTIONS[name].indexes]);
  return createHash('sha256').update(JSON.stringify(wanted)).digest('hex');
}

const isNamespaceExists = (error: unknown): boolean => error instanceof MongoError && error.code === 48;
