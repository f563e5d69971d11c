import { ANALYTICS_COLLECTIONS } from './collections/analytics.ts';
import { ATTACHMENT_COLLECTIONS } from './collections/attachments.ts';
import { CONTENT_COLLECTIONS } from './collections/content.ts';
import { USAGE_COLLECTIONS } from './collections/usage.ts';
import { type CollectionSpec, type Values, WORDS, type Word } from './spec.ts';

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
  ...CONTENT_COLLECTIONS,
  ...ANALYTICS_COLLECTIONS,
  ...USAGE_COLLECTIONS,
  ...ATTACHMENT_COLLECTIONS,
} as const satisfies Record<string, CollectionSpec>;

export type { CollectionSpec, FieldKind, FieldSpec, FlatJson } from './spec.ts';

export const EVENT_KINDS = WORDS.eventKind;
export type EventKind = Word<'eventKind'>;
export type OptimizationStatus = Word<'optimizationStatus'>;

export type CollectionName = keyof typeof COLLECTIONS;
export const COLLECTION_NAMES = Object.keys(COLLECTIONS) as readonly CollectionName[];

/** The shape of each collection's documents, as callers see it: without `_id` and `tenantId`. */
export type Documents = { [K in CollectionName]: DocumentOf<(typeof COLLECTIONS)[K]['fields']> };
/** The fields that name one document within its tenant. */
export type Keys = { [K in CollectionName]: Pick<Documents[K], KeyField<K>> };

type Fields = CollectionSpec['fields'];
type Optional<F extends Fields> = { [P in keyof F]: F[P] extends { optional: true } ? P : never }[keyof F];
type DocumentOf<F extends Fields> = { readonly [P in Exclude<keyof F, Optional<F>>]: Values[F[P]['kind']] } & {
  readonly [P in Optional<F>]?: Values[F[P]['kind']];
};
type KeyField<K extends CollectionName> = (typeof COLLECTIONS)[K]['key'][number] & keyof Documents[K];
