import { z } from 'zod';
import type { Embedder } from '#platform/embedder';
import { PolygraphError } from '#platform/errors';
import { fragment } from '#stores/postgres/index';
import { buildConnection, createCursor, pageSize } from '../../runtime/connection.ts';
import { isUuid } from '../../runtime/ids.ts';
import { CONTENT_COLUMNS, type ContentRow } from '../contents/rows.ts';
import type { Context } from '../context.ts';
import type { QuerySearchArgs } from '../generated/resolvers.ts';
import type { SearchConnectionModel } from '../models.ts';
import { askSources } from './ask.ts';
import { facetsOf } from './facets.ts';
import { filterFragment } from './filter.ts';
import { type FusedHit, fuse } from './fuse.ts';
import { checkText } from './search.ts';
import { checkWeights } from './weights.ts';

/**
 * One ranking over four sources. Each asks its store within the tenant and brings its best; they are fused by rank,
 * what the filter leaves is counted, and only the page is read in full: five statements of PostgreSQL and one of Neo4j,
 * however long the lists are.
 */
export async function fusedSearch(
  args: QuerySearchArgs,
  context: Context,
  embedder: Embedder,
): Promise<SearchConnectionModel> {
  const { sql } = context.stores.postgres;
  const size = pageSize(args.first, { max: 50 });
  const shown = readShown(args.after);
  const weights = checkWeights(args.weights);
  const words = typeof args.text === 'string' ? checkText(args.text) : undefined;
  const like = await checkLike(args.like, context);
  const near = args.near ?? undefined;
  if (words === undefined && like === undefined && near === undefined) {
    throw new PolygraphError('BAD_USER_INPUT', 'Give `text`, `like` or `near`: say what to search for.');
  }
  const filter = filterFragment(args.filter);
  const { found, reports } = await askSources({ words, like, near, filter, weights, context, embedder });
  const fused = fuse(found, weights).filter(({ id }) => id !== like);
  const kept = await sql<{ id: string; status: string; tags: string[] }>`
    SELECT c.id::text, c.status::text, c.tags FROM contents c
    WHERE c.id = ANY (${fused.map(({ id }) => id)}::uuid[]) AND c.deleted_at IS NULL ${filter}`;
  const keptIds = new Set(kept.map(({ id }) => id));
  const hits = fused.filter(({ id }) => keptIds.has(id)).slice(0, MOST_RESULTS);
  const left = hits.filter(({ id }) => !shown.has(markOf(id)));
  const rows = await readPage(left.slice(0, size + 1), words, context);
  // The cursor of each edge names all that was shown up to it.
  const seen = [...shown];
  const cursorOf = ({ id }: PageRow): string => {
    seen.push(markOf(id));
    return CURSOR.encode(Buffer.from(seen.join(''), 'hex').toString('base64'));
  };
  const connection = buildConnection({ rows, size, after: args.after, cursorOf });
  return {
    ...connection,
    edges: connection.edges.map(({ node, cursor }) => {
      const { score, matches, highlight } = node;
      return { cursor, node, score, matches, highlight };
    }),
    totalCount: hits.length,
    facets: facetsOf(kept),
    sources: reports,
  };
}

type PageRow = ContentRow & Pick<FusedHit, 'score' | 'matches'> & { readonly highlight: string | null };

/** In the order of the hits; one that was deleted a moment ago is left out. */
async function readPage(hits: readonly FusedHit[], words: string | undefined, { stores }: Context): Promise<PageRow[]> {
  const query = fragment`websearch_to_tsquery('english', ${words ?? ''}::text)`;
  const rows = await stores.postgres.sql<ContentRow & { highlight: string | null }>`
    SELECT ${CONTENT_COLUMNS}, CASE WHEN s.document @@ ${query} THEN
      ts_headline('english', concat_ws(' ', s.title, s.summary, left(s.body, 200000)), ${query}, ${HEADLINE})
    END AS highlight
    FROM contents c LEFT JOIN content_search s ON s.tenant_id = c.tenant_id AND s.content_id = c.id
    WHERE c.id = ANY (${hits.map(({ id }) => id)}::uuid[]) AND c.deleted_at IS NULL`;
  const byId = new Map(rows.map((row) => [row.id, row]));
  return hits.flatMap(({ id, score, matches }) => {
    const row = byId.get(id);
    return row ? [{ ...row, score, matches }] : [];
  });
}

async function checkLike(id: string | null | undefined, { loaders }: Context): Promise<string | undefined> {
  if (typeof id !== 'string') return undefined;
  const content = isUuid(id) ? await loaders.content.load(id) : null;
  if (content) return content.id;
  throw new PolygraphError('NOT_FOUND', '`like` names no document.', { facts: { argument: 'like' } });
}

/**
 * What was shown before, by the first four bytes of each id. The list is made anew for each page and these are left out:
 * a page never repeats a document, and what is still to come is not lost when ranks shift.
 */
function readShown(after: string | null | undefined): Set<string> {
  const bytes = Buffer.from(CURSOR.decode(after) ?? '', 'base64').toString('hex');
  return new Set(bytes.match(/.{8}/g) ?? []);
}

const markOf = (id: string): string => id.slice(0, 8);
const MOST_RESULTS = 200;
const CURSOR = createCursor<string>('search', z.base64().max(1_100));
const HEADLINE = 'StartSel=«, StopSel=», MaxFragments=1, MaxWords=30, MinWords=10';
