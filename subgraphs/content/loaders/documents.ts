import { type Documents, exists, oneOf, type TenantMongo } from '#stores/mongo/index';
import { createBatchLoader } from './batch.ts';

type Row = Documents['content_documents'];
export type DocumentField = 'body' | 'excerptText' | 'wordCount' | 'versionCount';

export interface DocumentLoader {
  /** One field of a document; undefined where the tenant has none with that id, or its body has not arrived yet. */
  load<F extends DocumentField>(id: string, field: F): Promise<Row[F] | undefined>;
}

/**
 * The fields that resolvers ask for at one level are read together, in one
 * command: bodies, which are large, only when somebody asks for one.
 */
export function createDocumentLoader(mongo: TenantMongo): DocumentLoader {
  const loader = createBatchLoader<{ id: string; field: DocumentField }, Partial<Row>, Partial<Row> | undefined>({
    keyOf: ({ id, field }) => `${id}/${field}`,
    async load(ids, asks) {
      const fields = new Set(asks.map(({ field }) => field));
      const rows = await mongo
        .collection('content_documents')
        .find(
          { contentId: oneOf(ids), deletedAt: exists(false) },
          { fields: ['contentId', 'bodyHash', ...fields], limit: ids.length },
        );
      return new Map(rows.map((row) => [row.contentId, row]));
    },
    pick: (row) => (row?.bodyHash ? row : undefined),
  });
  return {
    load: async (id, field) => (await loader.load({ id, field }))?.[field],
  };
}
