import { z } from 'zod';
import type { Embedder } from '#platform/embedder';
import { PolygraphError } from '#platform/errors';
import { fragment } from '#stores/postgres/index';
import { pageSize } from '../../../runtime/connection.ts';
import type { Context } from '../../context.ts';
import type { QuerySearchMemoriesArgs } from '../../generated/resolvers.ts';
import { check, optional } from '../../input.ts';
import { checkText } from '../../search/search.ts';
import { notFound, uuidOf } from '../changes.ts';
import { filterOf } from './filter.ts';
import { MEMORY_COLUMNS, type MemoryRow } from './rows.ts';

export interface HitRow {
  readonly memory: MemoryRow;
  readonly score: number;
  readonly parts: { readonly text: number | null; readonly vector: number | null; readonly relevance: number };
}

/**
 * Full text, vectors and relevance in one statement: each part from 0 to 1, weighed and added. Vectors are compared
 * exactly, and only those of the same embedder.
 */
export async function searchMemories(
  args: QuerySearchMemoriesArgs,
  context: Context,
  embedder: Embedder,
): Promise<HitRow[]> {
  const size = pageSize(args.first, { max: 50, standard: 10 });
  const weights = check(WEIGHTS, args.weights ?? {});
  const words = typeof args.text === 'string' ? checkText(args.text) : undefined;
  const like = await checkLike(args.like, context);
  if (words === undefined && like === undefined && !args.near) {
    throw new PolygraphError('BAD_USER_INPUT', 'Give `text`, `like` or `near`: say what to search for.');
  }
  const text = words !== undefined && weights.text > 0 ? rankOf(words) : NOTHING;
  const direction = weights.vector > 0 ? await directionOf({ near: args.near, like, words, embedder }) : undefined;
  const vector = direction ? likenessOf(direction, embedder.name) : NOTHING;
  // Without a direction, only what holds the words can be found: an index knows it.
  const matching = words !== undefined && !direction ? fragment`AND m.document @@ ${queryOf(words)}` : fragment``;
  const others = like === undefined ? fragment`` : fragment`AND m.id <> ${like}::uuid`;
  const rows = await context.stores.postgres.sql<
    MemoryRow & { score: number; text: number | null; vector: number | null }
  >`
    SELECT ${MEMORY_COLUMNS}, m.text, m.vector, (${weights.text}::float8 * coalesce(m.text, 0)
      + ${weights.vector}::float8 * coalesce(m.vector, 0) + ${weights.relevance}::float8 * m.relevance_score) AS score
    FROM (SELECT m.*, ${text} AS text, ${vector} AS vector FROM memories m WHERE true ${matching} ${others} ${filterOf(args.filter)}) AS m
    WHERE m.text IS NOT NULL OR m.vector >= ${LEAST_LIKENESS}::float8
    ORDER BY score DESC, m.id LIMIT ${size}`;
  return rows.map(({ score, text: found, vector: near, ...memory }) => ({
    ...{ memory, score },
    parts: { text: found, vector: near, relevance: memory.relevanceScore },
  }));
}

/** All words weigh alike. 32: rank / (rank + 1), which is below 1. */
const rankOf = (words: string) => fragment`CASE WHEN m.document @@ ${queryOf(words)}
  THEN ts_rank_cd('{1,1,1,1}', m.document, ${queryOf(words)}, 32)::float8 END`;

const queryOf = (words: string) => fragment`websearch_to_tsquery('english', ${words})`;

const likenessOf = (direction: ReturnType<typeof fragment>, embedder: string) =>
  fragment`CASE WHEN m.embedder = ${embedder} THEN greatest(0, 1 - (m.embedding <=> ${direction}))::float8 END`;

interface Question {
  readonly near: readonly number[] | null | undefined;
  readonly like: string | undefined;
  readonly words: string | undefined;
  readonly embedder: Embedder;
}

/** What was said most exactly counts: a vector, else a memory, else the words. Undefined without a direction. */
async function directionOf({ near, like, words, embedder }: Question) {
  if (!near && like !== undefined) {
    return fragment`(SELECT l.embedding FROM memories l WHERE l.id = ${like}::uuid AND l.embedder = ${embedder.name})`;
  }
  const vector = near ?? (await embedder.embed([words ?? '']))[0];
  return vector?.some((value) => value !== 0) ? fragment`${`[${vector.join()}]`}::public.vector` : undefined;
}

async function checkLike(id: string | null | undefined, { loaders }: Context): Promise<string | undefined> {
  if (typeof id !== 'string') return undefined;
  const memory = await loaders.memory.load(uuidOf(id, 'memory'));
  return memory?.id ?? Promise.reject(notFound('memory'));
}

const weight = (standard: number) =>
  optional(z.number().min(0, 'is from 0 to 10').max(10, 'is from 0 to 10')).transform((given) => given ?? standard);
const WEIGHTS = z.object({ text: weight(1), vector: weight(1), relevance: weight(0.3) });
const NOTHING = fragment`NULL::float8`;
/** Of the words of a question; below, memories share little but parts of words. */
const LEAST_LIKENESS = 0.2;
