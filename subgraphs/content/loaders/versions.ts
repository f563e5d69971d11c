import { type Documents, first as firstOf, oneOf, type TenantMongo } from '#stores/mongo/index';
import { createBatchLoader } from './batch.ts';

type Row = Documents['content_versions'];
const FIELDS = ['number', 'title', 'wordCount', 'sha256', 'createdAt'] as const;
export type VersionRow = Pick<Row, (typeof FIELDS)[number]>;

export interface VersionsLoader {
  /** The newest versions of a document, newest first, without their bodies. */
  load(id: string, first: number): Promise<readonly VersionRow[]>;
}

export function createVersionsLoader(mongo: TenantMongo): VersionsLoader {
  const loader = createBatchLoader<{ id: string; first: number }, readonly VersionRow[], readonly VersionRow[]>({
    keyOf: ({ id, first }) => `${id}/${first}`,
    async load(ids, asks) {
      const most = Math.max(...asks.map(({ first }) => first));
      const rows = await mongo.collection('content_versions').group({
        where: { contentId: oneOf(ids) },
        by: ['contentId'],
        compute: { newest: firstOf<Row, keyof VersionRow>(most, [['number', -1]], FIELDS) },
        limit: ids.length,
      });
      return new Map(rows.map(({ contentId, newest }) => [contentId, newest]));
    },
    pick: (rows = [], { first }) => rows.slice(0, first),
  });
  return { load: (id, first) => loader.load({ id, first }) };
}
