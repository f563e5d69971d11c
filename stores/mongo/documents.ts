/**
 * Every collection and every field of it. From this one table come the
 * TypeScript types, the `$jsonSchema` validators, and the allow-lists of the
 * filter, projection, sort and update compilers: a field that is not here
 * cannot be read, written or asked for.
 *
 * `tenantId` and `_id` are deliberately not fields. The tenant-bound handle
 * stamps and matches both, and no caller can name them.
 */
export const COLLECTIONS = {
  content_documents: collection({
    key: ['contentId'],
    fields: {
      contentId: { kind: 'uuid' },
      /** Of the newest event applied, so that older ones are told apart. */
      revision: { kind: 'int' },
      /** Of the newest event applied that carried a body; 0 before the first. */
      bodyRevision: { kind: 'int' },
      title: { kind: 'text' },
      body: { kind: 'text' },
      /** SHA-256 of the body's UTF-8, lower-case hex; empty before the first body. */
      bodyHash: { kind: 'text' },
      wordCount: { kind: 'int' },
      /** Plain text from the start of the body. */
      excerptText: { kind: 'text' },
      versionCount: { kind: 'int' },
      deletedAt: { kind: 'date', optional: true },
      updatedAt: { kind: 'date' },
    },
    indexes: [{ fields: ['contentId'], unique: true }],
  }),
  content_versions: collection({
    key: ['contentId', 'number'],
    fields: {
      contentId: { kind: 'uuid' },
      /** From 1, one more for each body that differs from the one before. */
      number: { kind: 'int' },
      title: { kind: 'text' },
      body: { kind: 'text' },
      sha256: { kind: 'text' },
      wordCount: { kind: 'int' },
      createdAt: { kind: 'date' },
    },
    indexes: [{ fields: ['contentId', 'number'], unique: true }],
  }),
  /** The truth about what happened; `content_daily` is counted from it. */
  analytics_events: collection({
    key: ['idempotencyKey'],
    fields: {
      id: { kind: 'uuid' },
      kind: { kind: 'eventKind' },
      contentId: { kind: 'uuid', optional: true },
      userId: { kind: 'uuid', optional: true },
      at: { kind: 'date' },
      /** The UTC day of `at`. */
      day: { kind: 'day' },
      idempotencyKey: { kind: 'text' },
      properties: { kind: 'json', optional: true },
    },
    indexes: [
      { fields: ['idempotencyKey'], unique: true },
      { fields: ['id'], unique: true },
      { fields: ['at', 'id'] },
      { fields: ['contentId', 'at', 'id'] },
      { fields: ['userId', 'at', 'id'] },
      { fields: ['day', 'contentId', 'kind'] },
    ],
  }),
  content_daily: collection({
    key: ['contentId', 'day'],
    fields: {
      contentId: { kind: 'uuid' },
      day: { kind: 'day' },
      views: { kind: 'int' },
      clicks: { kind: 'int' },
      shares: { kind: 'int' },
      conversions: { kind: 'int' },
    },
    indexes: [{ fields: ['contentId', 'day'], unique: true }, { fields: ['day'] }],
  }),
} as const satisfies Record<string, CollectionSpec>;

export const EVENT_KINDS = ['VIEW', 'CLICK', 'SHARE', 'SEARCH', 'CONVERSION'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

export type CollectionName = keyof typeof COLLECTIONS;
export const COLLECTION_NAMES = Object.keys(COLLECTIONS) as readonly CollectionName[];

/** The shape of each collection's documents, as callers see it: without `_id` and `tenantId`. */
export type Documents = { [K in CollectionName]: DocumentOf<(typeof COLLECTIONS)[K]['fields']> };
/** The fields that name one document within its tenant. */
export type Keys = { [K in CollectionName]: Pick<Documents[K], KeyField<K>> };

/** JSON without nesting, as the properties of an event are. */
export type FlatJson = Readonly<Record<string, string | number | boolean | null>>;

interface Values {
  uuid: string;
  text: string;
  /** 2026-01-31 */
  day: string;
  int: number;
  date: Date;
  eventKind: EventKind;
  json: FlatJson;
}
export type FieldKind = keyof Values;

export interface FieldSpec {
  readonly kind: FieldKind;
  readonly optional?: true;
}

export interface CollectionSpec {
  /** `_id` is made of the tenant and these, so that no two tenants can ever collide. */
  readonly key: readonly string[];
  readonly fields: Readonly<Record<string, FieldSpec>>;
  /** `tenantId` leads every one. */
  readonly indexes: readonly { readonly fields: readonly string[]; readonly unique?: true }[];
}

type Fields = CollectionSpec['fields'];
type Optional<F extends Fields> = { [P in keyof F]: F[P] extends { optional: true } ? P : never }[keyof F];
type DocumentOf<F extends Fields> = { readonly [P in Exclude<keyof F, Optional<F>>]: Values[F[P]['kind']] } & {
  readonly [P in Optional<F>]?: Values[F[P]['kind']];
};
type KeyField<K extends CollectionName> = (typeof COLLECTIONS)[K]['key'][number] & keyof Documents[K];

/** Checks that keys and indexes name fields, which a plain literal would not. */
function collection<const F extends Fields, const N extends readonly (keyof F & string)[]>(spec: {
  key: N;
  fields: F;
  indexes: readonly { readonly fields: readonly (keyof F & string)[]; readonly unique?: true }[];
}): { readonly key: N; readonly fields: F; readonly indexes: CollectionSpec['indexes'] } {
  return spec;
}
