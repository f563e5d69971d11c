import { PolygraphError } from '#platform/errors';
import { keepVersion } from '#stores/mongo/versions';
import { isUuid } from '../../runtime/ids.ts';
import type { Context } from '../context.ts';
import type { MutationRestoreVersionArgs } from '../generated/resolvers.ts';
import { checkUpdate } from './input.ts';
import { createContentWriter, type Written } from './write.ts';

/**
 * Gives a document the body of an earlier version. The body is read where
 * versions are kept, MongoDB, and written where every change of a document
 * begins: the row, its audit and its outbox event in one transaction, so that
 * search and all projections follow. A version never changes, so nothing can
 * come in between that `ifRevision` would not see. The body is cleaned again:
 * what may stand in one may have changed since.
 */
export async function restoreVersion(
  { contentId, number, ifRevision }: MutationRestoreVersionArgs,
  { stores, tenant }: Context,
  bodyLimit: number,
): Promise<Written> {
  if (!isUuid(contentId)) throw notFound();
  const key = { contentId: contentId.toLowerCase(), number };
  const [version] = await stores.mongo.collection('content_versions').findByKey([key], ['body']);
  if (!version) throw notFound();
  // Before it is taken up again, so that no rule removes what the newest version came from.
  await keepVersion(stores.mongo, key.contentId, number);
  const change = checkUpdate({ body: version.body, ifRevision: ifRevision ?? null }, bodyLimit);
  return createContentWriter(stores.postgres, tenant).update(key.contentId, change);
}

/** The same for a document of another tenant, one that never was, and a version that it never had. */
const notFound = (): PolygraphError =>
  new PolygraphError('NOT_FOUND', 'There is no such version, or its body has not arrived yet.');
