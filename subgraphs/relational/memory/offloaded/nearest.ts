import { z } from 'zod';
import type { Embedder } from '#platform/embedder';
import { PolygraphError } from '#platform/errors';
import { fragment, type TenantPostgres } from '#stores/postgres/index';
import { pageSize } from '../../../runtime/connection.ts';
import { idOrNobody } from '../../../runtime/ids.ts';
import { atMost } from '../../../runtime/limits.ts';
import type { OffloadedFilter, QueryNearestOffloadedArgs } from '../../generated/resolvers.ts';
import { check, text as checkedText } from '../../input.ts';
import { OFFLOADED_COLUMNS, type OffloadedRow } from './rows.ts';

export interface OffloadedHit {
  readonly offloaded: OffloadedRow;
  /** Cosine. */
  readonly similarity: number;
}

/**
 * The nearest of the tenant, in one statement. It walks the index, which is over
 * the vectors of all who share the table: what is not the tenant's, or not
 * within the filter, is passed over until there is enough (stores/postgres/vectors.ts).
 * That walk has an end. Where it came too soon, because others hold very many
 * that are nearer, all of the tenant's own are compared instead: nobody is left
 * short because of what others hold. Whether that is needed is asked outside of
 * the comparison: inside, workers would be started to find out that it is not.
 */
export async function findNearest(
  { text, near, filter, first }: QueryNearestOffloadedArgs,
  { sql }: TenantPostgres,
  embedder: Embedder,
): Promise<OffloadedHit[]> {
  const size = pageSize(first, { standard: 10 });
  const vector = near ?? (await embedQuestion(text, embedder));
  // A vector without a direction is as near to one text as to any other.
  if (vector.every((value) => value === 0)) return [];
  const among = fragment`
    FROM offloaded_vectors v JOIN offloaded_contexts o ON o.tenant_id = v.tenant_id AND o.id = v.offloaded_id
    WHERE v.embedder = ${embedder.name} ${filterOf(filter ?? {})}`;
  const distance = fragment`v.embedding <=> (SELECT vector FROM question)`;
  const rows = await sql<OffloadedRow & { similarity: number }>`
    WITH question AS MATERIALIZED (
      SELECT ${`[${vector.join()}]`}::public.vector AS vector
    ), walked AS MATERIALIZED (
      SELECT v.offloaded_id AS id, ${distance} AS distance ${among} ORDER BY ${distance} LIMIT ${size}
    ), compared AS (
      SELECT * FROM (
        SELECT v.offloaded_id AS id, ${distance} AS distance ${among} ORDER BY (${distance}) + 0 LIMIT ${size}
      ) AS all_own WHERE (SELECT count(*) FROM walked) < ${size}
    ), nearest AS (
      SELECT * FROM walked WHERE (SELECT count(*) FROM walked) = ${size} UNION ALL SELECT * FROM compared
    )
    SELECT ${OFFLOADED_COLUMNS}, (1 - n.distance)::float8 AS similarity
    FROM nearest n JOIN offloaded_contexts o ON o.id = n.id ORDER BY n.distance, o.id`;
  return rows.map(({ similarity, ...offloaded }) => ({ offloaded, similarity }));
}

async function embedQuestion(text: string | null | undefined, embedder: Embedder): Promise<readonly number[]> {
  if (typeof text !== 'string') {
    throw new PolygraphError('BAD_USER_INPUT', 'Give `text` or `near`: say what to search for.');
  }
  const [vector = []] = await embedder.embed([check(QUESTION, { text }).text]);
  return vector;
}

function filterOf({ contextId, tags }: OffloadedFilter) {
  const context =
    typeof contextId === 'string' ? fragment`AND o.context_id = ${idOrNobody(contextId)}::uuid` : fragment``;
  const tagged =
    tags && tags.length > 0 ? fragment`AND o.tags @> ${[...atMost(20, 'filter.tags', tags)]}::text[]` : fragment``;
  return fragment`${context} ${tagged}`;
}

const QUESTION = z.object({ text: checkedText(5_000).pipe(z.string().min(1, 'is empty')) });
