import { exists, oneOf, type TenantMongo } from '#stores/mongo/index';

/** Which of these documents are there and not deleted. @param ids at most `MAX_VALUES` */
export async function presentDocuments(mongo: TenantMongo, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const where = { contentId: oneOf(ids), deletedAt: exists(false) };
  const there = await mongo.collection('content_documents').find(where, { fields: ['contentId'], limit: ids.length });
  return new Set(there.map(({ contentId }) => contentId));
}
