import { eq, exists, oneOf, range } from './filter.ts';
import type { TenantMongo } from './index.ts';

export interface PruneOptions {
  /** The newest versions of each document stay. */
  readonly keepLast: number;
  /** So do those that were made since. */
  readonly before: Date;
  /** Versions in one go. */
  readonly limit: number;
}

export interface PrunedVersions {
  readonly contentId: string;
  readonly numbers: readonly number[];
  /** Of UTF-8 that their bodies took. */
  readonly bytes: number;
}

/**
 * Removes old versions that nobody was ever shown: those of drafts. What was published, or was taken up again, is marked
 * otherwise and stays; so does what is older than this rule.
 */
export async function pruneVersions(
  mongo: TenantMongo,
  { keepLast, before, limit }: PruneOptions,
): Promise<PrunedVersions[]> {
  const documents = mongo.collection('content_documents');
  const versions = mongo.collection('content_versions');
  const pruned: PrunedVersions[] = [];
  let left = limit;
  let after: string | undefined;
  while (left > 0) {
    const page = await documents.find(
      { versionCount: range({ gt: keepLast }) },
      {
        fields: ['contentId', 'versionCount'],
        sort: [['contentId', 1]],
        after: after === undefined ? undefined : [after],
        limit: PAGE,
      },
    );
    for (const { contentId, versionCount } of page) {
      const where = { contentId: eq(contentId), number: range({ lt: versionCount - keepLast + 1 }) };
      const old = await versions.find(
        { ...where, draftSince: range({ lt: before }) },
        { fields: ['number', 'body'], limit: Math.min(left, PAGE) },
      );
      if (old.length === 0) continue;
      const numbers = old.map(({ number }) => number);
      // The mark is asked for again: what was published since it was read stays.
      await versions.deleteMany({ contentId: eq(contentId), number: oneOf(numbers), draftSince: exists(true) });
      pruned.push({ contentId, numbers, bytes: old.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0) });
      left -= old.length;
      if (left <= 0) break;
    }
    after = page.at(-1)?.contentId;
    if (page.length < PAGE) break;
  }
  return pruned;
}

/** Keeps a version for good. @returns whether there is one */
export function keepVersion(mongo: TenantMongo, contentId: string, number: number): Promise<boolean> {
  const key = { contentId: eq(contentId), number: eq(number) };
  return mongo.collection('content_versions').updateOne(key, { unset: ['draftSince'] });
}

const PAGE = 100;
