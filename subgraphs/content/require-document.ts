import { PolygraphError } from '#platform/errors';
import type { Loaders } from './loaders/index.ts';

/** @throws PolygraphError NOT_FOUND, the same for another tenant's document, one that never was, and one still on its way */
export async function requireDocument({ documents }: Loaders, contentId: string): Promise<void> {
  if ((await documents.load(contentId, 'versionCount')) !== undefined) return;
  throw new PolygraphError('NOT_FOUND', 'There is no document with this `contentId`, or its body has not arrived yet.');
}
