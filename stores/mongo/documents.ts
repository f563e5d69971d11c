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
  /** The truth about which model was used, by whom and for how much; `ai_usage_daily` is summed from it. */
  ai_model_usage: collection({
    key: ['idempotencyKey'],
    fields: {
      id: { kind: 'uuid' },
      model: { kind: 'text' },
      principalKind: { kind: 'principalKind' },
      principalId: { kind: 'text' },
      contentId: { kind: 'uuid', optional: true },
      tokensIn: { kind: 'int' },
      tokensOut: { kind: 'int' },
      /** Millionths of one unit of money. */
      costMicros: { kind: 'int' },
      at: { kind: 'date' },
      /** The UTC day of `at`. */
      day: { kind: 'day' },
      idempotencyKey: { kind: 'text' },
    },
    indexes: [{ fields: ['idempotencyKey'], unique: true }, { fields: ['id'], unique: true }, { fields: ['day'] }],
  }),
  ai_usage_daily: collection({
    // The model comes last: it is the one part that may hold a slash.
    key: ['day', 'principalKind', 'principalId', 'model'],
    fields: {
      day: { kind: 'day' },
      principalKind: { kind: 'principalKind' },
      principalId: { kind: 'text' },
      model: { kind: 'text' },
      calls: { kind: 'int' },
      tokensIn: { kind: 'int' },
      tokensOut: { kind: 'int' },
      costMicros: { kind: 'int' },
    },
    indexes: [{ fields: ['day', 'principalKind', 'principalId', 'model'], unique: true }],
  }),
  /** What a model suggested for a document, and what became of it. */
  optimization_results: collection({
    key: ['idempotencyKey'],
    fields: {
      id: { kind: 'uuid' },
      contentId: { kind: 'uuid' },
      model: { kind: 'text' },
      aspect: { kind: 'optimizationAspect' },
      suggestion: { kind: 'text' },
      reason: { kind: 'text', optional: true },
      /** 0 to 100. */
      scoreBefore: { kind: 'int', optional: true },
      scoreAfter: { kind: 'int' },
      status: { kind: 'optimizationStatus' },
      createdAt: { kind: 'date' },
      decidedAt: { kind: 'date', optional: true },
      /** Absent where an API key or a service decided. */
      decidedBy: { kind: 'uuid', optional: true },
      idempotencyKey: { kind: 'text' },
    },
    indexes: [
      { fields: ['idempotencyKey'], unique: true },
      { fields: ['id'], unique: true },
      { fields: ['contentId', 'createdAt', 'id'] },
    ],
  }),
} as const satisfies Record<string, CollectionSpec>;

/** Fields that hold one of a few words, by kind of field. */
export const WORDS = {
  eventKind: ['VIEW', 'CLICK', 'SHARE', 'SEARCH', 'CONVERSION'],
  principalKind: ['user', 'apiKey', 'service'],
  optimizationAspect: ['TITLE', 'SUMMARY', 'BODY', 'KEYWORDS', 'STRUCTURE'],
  optimizationStatus: ['SUGGESTED', 'ACCEPTED', 'REJECTED'],
} as const;
export type WordKind = keyof typeof WORDS;
type Word<K extends WordKind> = (typeof WORDS)[K][number];

export const EVENT_KINDS = WORDS.eventKind;
export type EventKind = Word<'eventKind'>;
export type OptimizationStatus = Word<'optimizationStatus'>;

export type CollectionName = keyof typeof COLLECTIONS;
export const COLLECTION_NAMES = Object.keys(COLLECTIONS) as readonly CollectionName[];

/** The shape of each collection's documents, as callers see it: without `_id` and `tenantId`. */
export type Documents = { [K in CollectionName]: DocumentOf<(typeof COLLECTIONS)[K]['fields']> };
/** The fields that name one document within its tenant. */
export type Keys = { [K in CollectionName]: Pick<Documents[K], KeyField<K>> };

/** JSON without nesting, as the properties of an event are. */
export type FlatJson = Readonly<Record<string, string | number | boolean | null>>;

interface Values extends Words {
  uuid: string;
  text: string;
  /** 2026-01-31 */
  day: string;
  int: number;
  date: Date;
  json: FlatJson;
}
type Words = { [K in WordKind]: Word<K> };
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
