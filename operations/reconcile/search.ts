import type { TenantPostgres } from '#stores/postgres/index';
import type { TenantSearchIndex } from '#stores/postgres/outbox/search-index';
import type { Holding } from './holding.ts';

/** Full text in PostgreSQL. Its rows cannot outlive their documents, so there are no orphans. */
export function holdSearch({ sql }: TenantPostgres, index: TenantSearchIndex): Holding {
  return {
    target: 'SEARCH',
    async read(ids) {
      const rows = await sql<Row>`
        select content_id::text as id, revision, title, summary, body from content_search
        where content_id = any (${ids}::uuid[])`;
      return new Map(
        rows.map(({ id, revision, title, summary, body }) => [
          id,
          {
            revision,
            matches: ({ saved: { payload } }) =>
              title === payload.title && summary === (payload.summary ?? '') && body === (payload.body ?? body),
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
}
