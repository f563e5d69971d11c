import type { GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Metrics } from '#platform/metrics';
import type { GatewayContext } from '../execution/operation.ts';
import type { Subgraph } from '../execution/subgraph.ts';
import type { SubgraphAnswer } from '../execution/transport.ts';
import { createEntityCache } from './entities.ts';
import { type FetchPlan, planFetch } from './fetch-plan.ts';
import type { CacheHints } from './hints.ts';
import { type KeptAnswers, keyFor, taken } from './kept-answers.ts';
import type { Policy } from './policy.ts';

export interface FetchCacheOptions {
  kept: KeptAnswers;
  /** Of the supergraph that is served now. */
  current: () => { readonly schema: GraphQLSchema; readonly hints: CacheHints; readonly version: string } | undefined;
  metrics: Metrics;
}

/** The request of a fetch, read. */
export interface Fetch {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
}

/** A subgraph of which answers are kept: root fields as a whole, entities one by one, so that each is asked for once. */
export function cacheFetches(subgraph: Subgraph, options: FetchCacheOptions): Subgraph {
  const { kept, current, metrics } = options;
  const plans = new LRUCache<string, { schema: GraphQLSchema; plan: FetchPlan | undefined }>({ max: 2_000 });

  const planOf = (query: string): FetchPlan | undefined => {
    const now = current();
    if (!now) return undefined;
    const known = plans.get(query);
    if (known?.schema === now.schema) return known.plan;
    const plan = planFetch(query, now.schema, now.hints);
    plans.set(query, { schema: now.schema, plan });
    return plan;
  };

  const askWhole = async (
    body: string,
    context: GatewayContext,
    { things, shared, maxAge }: Policy,
  ): Promise<SubgraphAnswer | undefined> => {
    const { tenant } = context;
    const key = keyFor(tenant, shared, ['fetch', current()?.version ?? '', subgraph.name, body]);
    const [place] = (await kept.look(tenant, [{ key, things }])) ?? [];
    const { kept: found, outcome } = taken(place, maxAge);
    metrics.observeCache('fetch', outcome, found?.ageSeconds ?? 0);
    countParts(context, found ? 1 : 0, found ? 0 : 1);
    // Read anew each time: answers are merged in place.
    if (found) return { data: JSON.parse(found.entry.body) as unknown };
    const answer = await subgraph.ask(body, context, 'read');
    if (place?.stamps !== undefined && answer?.data && !answer.errors?.length) {
      kept.keep(tenant, [{ key, stamps: place.stamps, body: JSON.stringify(answer.data) }], maxAge);
    }
    return answer;
  };

  const entities = createEntityCache(subgraph, options);
  return {
    name: subgraph.name,
    async ask(body, context, kind) {
      if (kind === 'write' || context.readsOwnWrites) return subgraph.ask(body, context, kind);
      const fetch = JSON.parse(body) as Fetch;
      const plan = planOf(fetch.query);
      if (!plan) return subgraph.ask(body, context, kind);
      return plan.kind === 'whole' ? askWhole(body, context, plan.policy) : entities(fetch, plan.lists, context, body);
    },
  };
}

export function countParts({ trace }: GatewayContext, hits: number, misses: number): void {
  const { parts = { hits: 0, misses: 0 } } = trace.cache ?? {};
  trace.cache = { ...trace.cache, parts: { hits: parts.hits + hits, misses: parts.misses + misses } };
}
