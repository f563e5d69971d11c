import { PolygraphError } from '#platform/errors';
import { MAX_VALUES } from '#stores/mongo/filter';
import { type Documents, first as firstOf, oneOf, type TenantMongo } from '#stores/mongo/index';
import { createBatchLoader, createListLoader, groupById } from './batch.ts';

type Row = Documents['content_versions'];
const FIELDS = ['contentId', 'number', 'title', 'wordCount', 'sha256', 'createdAt'] as const;
export type VersionRow = Pick<Row, (typeof FIELDS)[number]>;

export interface VersionsLoader {
  /** The newest versions of a document, newest first, without their bodies. */
  newest(id: string, first: number): Promise<readonly VersionRow[]>;
  /** Without its body; undefined where the document has no version with this number. */
  one(id: string, number: number): Promise<VersionRow | undefined>;
  body(id: string, number: number): Promise<string | undefined>;
  /** The same for a comparison, which costs more than reading: few in one operation. */
  comparedBody(id: string, number: number): Promise<string | undefined>;
}

export function createVersionsLoader(mongo: TenantMongo): VersionsLoader {
  const newest = createNewestLoader(mongo);
  const one = createVersionLoader(mongo, FIELDS);
  const body = createVersionLoader(mongo, ['body'], MAX_BODIES);
  const compared = createVersionLoader(mongo, ['body'], MAX_COMPARED);
  return {
    newest: newest.load,
    one: (id, number) => one.load({ id, number }),
    body: async (id, number) => (await body.load({ id, number }))?.body,
    comparedBody: async (id, number) => (await compared.load({ id, number }))?.body,
  };
}

function createNewestLoader(mongo: TenantMongo) {
  return createListLoader<VersionRow>(async (ids, most) => {
    const rows = await mongo.collection('content_versions').group({
      where: { contentId: oneOf(ids) },
      by: ['contentId'],
      compute: { newest: firstOf<Row, keyof VersionRow>(most, [['number', -1]], FIELDS) },
      limit: ids.length,
    });
    return new Map(rows.map(({ contentId, newest }) => [contentId, newest]));
  });
}

/** Each version is named by its whole key, so that one command reads exactly those that were asked for. */
function createVersionLoader<F extends keyof Row>(mongo: TenantMongo, fields: readonly F[], most = MAX_VALUES) {
  type Read = Pick<Row, F | 'contentId' | 'number'>;
  return createBatchLoader<{ id: string; number: number }, readonly Read[], Read | undefined>({
    keyOf: ({ id, number }) => `${id}/${number}`,
    async load(ids, asks) {
      const wanted = new Set(ids);
      const keys = asks.filter(({ id }) => wanted.has(id)).map(({ id, number }) => ({ contentId: id, number }));
      if (keys.length > most) throw tooMany(most, keys.length);
      const rows = await mongo.collection('content_versions').findByKey(keys, ['contentId', 'number', ...fields]);
      return groupById(rows, ({ contentId }) => contentId);
    },
    pick: (rows, { number }) => rows?.find((row) => row.number === number),
  });
}

/** Bodies are large; a list of lists of versions could ask for all of them. */
const MAX_BODIES = 100;
/** Two a comparison. */
const MAX_COMPARED = 10;

const tooMany = (limit: number, given: number): PolygraphError =>
  new PolygraphError('LIMIT_EXCEEDED', `One operation reads at most ${limit} versions at once; this one ${given}.`, {
    facts: { limit, given },
  });
