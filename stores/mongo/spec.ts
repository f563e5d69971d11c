/** What a collection says of itself: its key, its fields and its indexes. */
export interface CollectionSpec {
  /** `_id` is made of the tenant and these, so that no two tenants can ever collide. */
  readonly key: readonly string[];
  readonly fields: Readonly<Record<string, FieldSpec>>;
  /** `tenantId` leads every one. */
  readonly indexes: readonly { readonly fields: readonly string[]; readonly unique?: true }[];
}

export interface FieldSpec {
  readonly kind: FieldKind;
  readonly optional?: true;
}

/** Fields that hold one of a few words, by kind of field. */
export const WORDS = {
  eventKind: ['VIEW', 'CLICK', 'SHARE', 'SEARCH', 'CONVERSION'],
  principalKind: ['user', 'apiKey', 'service'],
  optimizationAspect: ['TITLE', 'SUMMARY', 'BODY', 'KEYWORDS', 'STRUCTURE'],
  optimizationStatus: ['SUGGESTED', 'ACCEPTED', 'REJECTED'],
  budgetPeriod: ['DAY', 'MONTH'],
  budgetLevel: ['WARNING', 'EXCEEDED'],
  uploadState: ['UPLOADING', 'STORED'],
} as const;
export type WordKind = keyof typeof WORDS;
export type Word<K extends WordKind> = (typeof WORDS)[K][number];

export function isWordKind(kind: FieldKind): kind is WordKind {
  return Object.hasOwn(WORDS, kind);
}

/** JSON without nesting, as the properties of an event are. */
export type FlatJson = Readonly<Record<string, string | number | boolean | null>>;

/** What a field of each kind holds. */
export interface Values extends Words {
  uuid: string;
  text: string;
  /** 2026-01-31 */
  day: string;
  /** 2026-01-31T13, of UTC. */
  hour: string;
  int: number;
  /** Any finite one. */
  number: number;
  date: Date;
  json: FlatJson;
  bytes: Uint8Array;
}
type Words = { [K in WordKind]: Word<K> };
export type FieldKind = keyof Values;
/** Kinds that are no words. */
export type PlainKind = Exclude<FieldKind, WordKind>;

type Fields = CollectionSpec['fields'];

/** Checks that keys and indexes name fields, which a plain literal would not. */
export function collection<const F extends Fields, const N extends readonly (keyof F & string)[]>(spec: {
  key: N;
  fields: F;
  indexes: readonly { readonly fields: readonly (keyof F & string)[]; readonly unique?: true }[];
}): { readonly key: N; readonly fields: F; readonly indexes: CollectionSpec['indexes'] } {
  return spec;
}
