import type { TenantPostgres } from '#stores/postgres/index';
import type { TenantSearchIndex } from '#stores/postgres/outbox/search-index';
import type { Holding } from './holding.ts';

/** Full text and vectors in PostgreSQL. Its rows cannot outlive their documents, so there are no orphans. */
export function holdSearch({ sql }: TenantPostgres, index: TenantSearchIndex): Holding {
  return {
    target: 'SEARCH',
    async read(ids) {
      const rows = await sql<Row>`
        select s.content_id::text as id, s.revision, s.title, s.summary, s.body, v.content_id is not null as "hasVector"
        from content_search s left join content_vectors v on v.content_id = s.content_id
        where s.content_id = any (${ids}::uuid[])`;
      return new Map(
        rows.map(({ id, revision, title, summary, body, hasVector }) => [
          id,
          {
            revision,
            matches: ({ saved: { payload } }) =>
              title === payload.title &&
              summary === (payload.summary ?? '') &&
              body === (payload.body ?? body) &&
              (hasVector || payload.body === undefined),
          },
        ]),
      );
    },
    list: async () => [],
    forget: (id, revision) => index.forget(id, revision),
  };
}

interface Row {
  readonly id: string;
  readonly revision: number;
  readonly title: string;
  readonly summary: string;
  readonly body: string;
  readonly hasVector: boolean;
}
