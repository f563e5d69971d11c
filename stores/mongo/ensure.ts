import { createHash } from 'node:crypto';
import { type Db, type Document, MongoError } from 'mongodb';
import { UUID } from '#platform/uuid';
import { COLLECTION_NAMES, COLLECTIONS } from './documents.ts';
import { type CollectionSpec, type FieldKind, isWordKind, type PlainKind, WORDS } from './spec.ts';

/** Brings collections, validators and indexes of a database to what `documents.ts` says. Can be repeated. */
export async function ensureCollections(db: Db): Promise<void> {
  for (const name of COLLECTION_NAMES) await ensureCollection(db, name, COLLECTIONS[name]);
}

/** Of what `ensureCollections` makes: where it is recorded, there is nothing to do. */
export function fingerprintOfCollections(): string {
  const wanted = COLLECTION_NAMES.map((name) => [name, validatorOf(COLLECTIONS[name]), COLLECTIONS[name].indexes]);
  return createHash('sha256').update(JSON.stringify(wanted)).digest('hex');
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

const isNamespaceExists = (error: unknown): boolean => error instanceof MongoError && error.code === 48;
