import type { Embedder } from '#platform/embedder';
import { findPolygraphError } from '#platform/errors';
import type { Context } from '../context.ts';
import type { FilterFragment } from './filter.ts';
import { fuse, type Hit, SOURCES, type Source, type Weights } from './fuse.ts';
import { findByGraph, findByText, findByTrigrams, findByVector, vectorOf } from './sources.ts';

export interface Question {
  readonly words: string | undefined;
  /** A document of the tenant. */
  readonly like: string | undefined;
  readonly near: readonly number[] | undefined;
  readonly filter: FilterFragment;
  readonly weights: Weights;
  readonly context: Context;
  readonly embedder: Embedder;
}

export interface SourceReport {
  readonly source: Source;
  readonly state: 'ANSWERED' | 'SKIPPED' | 'FAILED';
  /** Code of the error catalogue. */
  readonly reason: string | null;
  readonly found: number;
}

export type Found = Partial<Record<Source, readonly Hit[]>>;

/** Asks each source that counts and has something to be asked. One that does not answer is reported, and missed. */
export async function askSources(question: Question): Promise<{ found: Found; reports: readonly SourceReport[] }> {
  const { words, like, near, weights, filter, context } = question;
  const { postgres, neo4j } = context.stores;
  const found: Found = {};
  const failed = new Map<Source, string>();
  const ask = async (source: Source, work: () => Promise<readonly Hit[] | undefined>): Promise<void> => {
    if (weights[source] === 0) return;
    try {
      const hits = await work();
      if (hits) found[source] = hits;
    } catch (error) {
      const code = findPolygraphError(error)?.code;
      // A statement that is wrong is ours to mend, not a store that is away.
      if (code !== 'STORE_UNAVAILABLE') throw error;
      failed.set(source, code);
    }
  };
  const asksVector = like !== undefined || near !== undefined || words !== undefined;
  await Promise.all([
    ask('TEXT', async () => (words === undefined ? undefined : findByText(postgres, words, filter))),
    ask('VECTOR', async () => (asksVector ? findNear(question) : undefined)),
  ]);
  await Promise.all([
    ask('TRIGRAM', async () =>
      words === undefined || (found.TEXT?.length ?? 0) >= ENOUGH ? undefined : findByTrigrams(postgres, words, filter),
    ),
    ask('GRAPH', async () => {
      const seeds = like === undefined ? seedsOf(found, weights) : [{ id: like, weight: 1 }];
      return seeds.length === 0 ? undefined : findByGraph(neo4j, seeds);
    }),
  ]);
  return { found, reports: SOURCES.map((source) => reportOf(source, found, failed)) };
}

async function findNear({
  words,
  like,
  near,
  filter,
  context,
  embedder,
}: Question): Promise<readonly Hit[] | undefined> {
  const { postgres } = context.stores;
  const embedding =
    near ??
    (like === undefined ? undefined : await vectorOf(postgres, like, embedder.name)) ??
    (words === undefined ? undefined : (await embedder.embed([words]))[0]);
  // A vector without a direction is as near to one document as to any other.
  if (!embedding || embedding.every((value) => value === 0)) return undefined;
  return findByVector(postgres, { embedding, embedder: embedder.name, besides: like }, filter);
}

/** What words and vectors agree on best: the graph is asked for what stands near to these. */
function seedsOf({ TEXT, VECTOR }: Found, weights: Weights): { id: string; weight: number }[] {
  const sure = TEXT && TEXT.length > 0 ? { TEXT } : {};
  const nearest = VECTOR && !TEXT?.length ? { VECTOR } : {};
  return fuse({ ...sure, ...nearest }, weights)
    .slice(0, SEEDS)
    .map(({ id }, index) => ({ id, weight: 1 / (index + 1) }));
}

function reportOf(source: Source, found: Found, failed: ReadonlyMap<Source, string>): SourceReport {
  const reason = failed.get(source) ?? null;
  const hits = found[source];
  return { source, reason, state: reason ? 'FAILED' : hits ? 'ANSWERED' : 'SKIPPED', found: hits?.length ?? 0 };
}

/** With so many finds of full text, a misspelling is unlikely. */
const ENOUGH = 5;
const SEEDS = 5;
