import { z } from 'zod';
import { PolygraphError } from '#platform/errors';
import { fragment, type TenantPostgres } from '#stores/postgres/index';
import { buildConnection, createCursor, pageSize } from '../../runtime/connection.ts';
import { CONTENT_COLUMNS, type ContentRow } from '../contents/rows.ts';
import type { QuerySearchContentsArgs } from '../generated/resolvers.ts';
import type { ContentSearchConnectionModel } from '../models.ts';

export type ContentHit = ContentRow & { readonly score: number; readonly highlight: string };

/**
 * Full text over title, summary and body, best first. The page is cut before
 * passages are highlighted, so that the cost of a long body is paid for the
 * rows that are shown. The words are a parameter, and their syntax (quotes, or,
 * minus) cannot be wrong: websearch_to_tsquery accepts everything.
 */
export async function searchContents(
  { text, first, after }: QuerySearchContentsArgs,
  { sql }: TenantPostgres,
): Promise<ContentSearchConnectionModel> {
  const words = checkText(text);
  const size = pageSize(first);
  const place = CURSOR.decode(after);
  const query = fragment`websearch_to_tsquery('english', ${words}::text)`;
  const hits = fragment`
    SELECT s.content_id, ts_rank_cd(s.document, ${query})::float8 AS score
    FROM content_search s JOIN contents c ON c.tenant_id = s.tenant_id AND c.id = s.content_id
    WHERE s.document @@ ${query} AND c.deleted_at IS NULL`;
  const beyond = place ? fragment`WHERE (score, content_id) < (${place[0]}::float8, ${place[1]}::uuid)` : fragment``;
  const rows = await sql<ContentHit>`
    SELECT ${CONTENT_COLUMNS}, page.score,
      ts_headline('english', concat_ws(' ', s.title, s.summary, left(s.body, 200000)), ${query}, ${HEADLINE}) AS highlight
    FROM (
      SELECT * FROM (${hits}) AS hit ${beyond} ORDER BY score DESC, content_id DESC LIMIT ${size + 1}
    ) AS page
    JOIN contents c ON c.id = page.content_id
    JOIN content_search s ON s.content_id = page.content_id
    ORDER BY page.score DESC, c.id DESC`;
  const { edges, pageInfo } = buildConnection({
    rows,
    size,
    after,
    cursorOf: (row) => CURSOR.encode([row.score, row.id]),
  });
  return {
    edges: edges.map(({ cursor, node }) => ({ cursor, node, score: node.score, highlight: node.highlight })),
    pageInfo,
    async totalCount() {
      const [counted] = await sql<{ total: number }>`SELECT count(*)::int AS total FROM (${hits}) AS hit`;
      return counted?.total ?? 0;
    },
  };
}

/** @throws PolygraphError BAD_USER_INPUT that says how long it may be */
export function checkText(text: string): string {
  const words = text.replaceAll('\0', ' ').trim();
  if (words.length === 0) throw new PolygraphError('BAD_USER_INPUT', '`text` is empty; say what to search for.');
  if (words.length > MAX_TEXT) {
    throw new PolygraphError('BAD_USER_INPUT', `\`text\` has at most ${MAX_TEXT} characters; got ${words.length}.`, {
      facts: { argument: 'text', limit: MAX_TEXT, given: words.length },
    });
  }
  return words;
}

const MAX_TEXT = 500;
const HEADLINE = 'StartSel=«, StopSel=», MaxFragments=1, MaxWords=30, MinWords=10';
const CURSOR = createCursor<[number, string]>('contents.search', z.tuple([z.number(), z.uuid()]));
