import type { VersionsLoader } from '../loaders/versions.ts';
import type { VersionComparisonModel } from '../models.ts';
import { compareBodies } from './compare.ts';

/** Null where the document lacks one of the two. Equal bodies are known by their hashes and not read. */
export async function compareVersions(
  versions: VersionsLoader,
  id: string,
  from: number,
  to: number,
  context: number,
): Promise<VersionComparisonModel | null> {
  const [older, newer] = await Promise.all([versions.one(id, from), versions.one(id, to)]);
  if (!older || !newer) return null;
  const ends = { from: older, to: newer };
  if (older.sha256 === newer.sha256) {
    return { ...ends, identical: true, addedLines: 0, removedLines: 0, hunks: [], unified: '' };
  }
  const [before, after] = await Promise.all([versions.comparedBody(id, from), versions.comparedBody(id, to)]);
  if (before === undefined || after === undefined) return null;
  const difference = compareBodies({ number: from, body: before }, { number: to, body: after }, context);
  return { ...ends, identical: false, ...difference };
}
