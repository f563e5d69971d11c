import { PolygraphError } from '#platform/errors';
import { fragment, joinFragments } from '#stores/postgres/index';
import { idOrNobody } from '../../runtime/ids.ts';
import type { ContentFilter } from '../generated/resolvers.ts';

export type FilterFragment = ReturnType<typeof fragment>;

/** The filter of `contents` as conditions on a table or alias `c`, each with an AND before it. */
export function filterFragment(filter: ContentFilter | null | undefined): FilterFragment {
  const { status, authorId, tags, titleContains, publishedAfter, publishedBefore } = filter ?? {};
  if (titleContains && titleContains.length > 300) throw tooLong('titleContains', 300);
  if (tags && tags.length > 20) throw tooLong('tags', 20);
  const title = titleContains?.replace(/[\\%_]/g, '\\$&');
  return joinFragments(
    [
      status ? fragment`AND c.status::text = ${status}` : undefined,
      authorId ? fragment`AND c.author_id = ${idOrNobody(authorId)}::uuid` : undefined,
      tags?.length ? fragment`AND c.tags @> ${tags}::text[]` : undefined,
      title ? fragment`AND c.title ILIKE ${`%${title}%`}` : undefined,
      publishedAfter ? fragment`AND c.published_at > ${publishedAfter}` : undefined,
      publishedBefore ? fragment`AND c.published_at < ${publishedBefore}` : undefined,
    ].filter((condition) => condition !== undefined),
    ' ',
  );
}

function tooLong(argument: string, limit: number): PolygraphError {
  return new PolygraphError('LIMIT_EXCEEDED', `\`filter.${argument}\` is longer than ${limit}.`, {
    facts: { argument, limit },
  });
}
