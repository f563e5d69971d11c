import DataLoader from 'dataloader';
import type { TenantNeo4j } from '#stores/neo4j/index';
import type { Translator } from './contract/translate.ts';
import type { RunEngine } from './engine.ts';
import { ALL_GAPS, GAPS } from './gaps.ts';
import type {
  AudienceReachModel,
  RelatedTopicModel,
  SimilarContentModel,
  SimilarityReasonModel,
  TopicDescendantModel,
  TopicGapModel,
  TopicReachModel,
  TopicSuggestionModel,
} from './models.ts';
import { createNodeLoader, type NodeLoader } from './nodes.ts';
import { REACH, REACH_BY_TOPIC } from './reach.ts';
import {
  CONTENTS_OF_KEYWORDS,
  CONTENTS_OF_TOPICS,
  REASONS,
  RELATED,
  SIMILAR,
  SUGGESTED_TOPICS,
  TOTALS,
} from './statements.ts';
import { ANCESTORS, CONTENTS_OF_BRANCHES, descendants, PARENTS } from './taxonomy.ts';

/** Made for each request. Each loader is one statement, however many ids ask. */
export interface Loaders {
  readonly nodes: NodeLoader;
  readonly similar: (args: SimilarArgs) => DataLoader<string, readonly Omit<SimilarContentModel, 'of'>[]>;
  readonly reasons: (args: { first: number }) => DataLoader<Pair, readonly SimilarityReasonModel[], string>;
  readonly suggestedTopics: (args: { first: number }) => DataLoader<string, readonly TopicSuggestionModel[]>;
  readonly gaps: (args: { first: number }) => DataLoader<string, readonly TopicGapModel[]>;
  /** Of all competitors together. */
  readonly allGaps: (first: number) => Promise<readonly TopicGapModel[]>;
  readonly related: (args: { first: number }) => DataLoader<string, readonly RelatedTopicModel[]>;
  readonly parents: DataLoader<string, string | null>;
  /** Ids, nearest first. */
  readonly ancestors: DataLoader<string, readonly string[]>;
  readonly descendants: (args: { depth: number; first: number }) => DataLoader<string, readonly TopicDescendantModel[]>;
  readonly branchContents: DataLoader<string, number>;
  readonly reach: DataLoader<string, AudienceReachModel | null>;
  readonly reachByTopic: (args: { first: number }) => DataLoader<string, readonly TopicReachModel[]>;
  readonly topicContents: DataLoader<string, number>;
  readonly keywordContents: DataLoader<string, number>;
  readonly totals: () => Promise<Totals>;
}

export interface SimilarArgs {
  readonly first: number;
  /** Documents below this score are left out. */
  readonly threshold: number;
}

/** A document and one that is similar to it. */
export interface Pair {
  readonly of: string;
  readonly id: string;
}

export interface Totals {
  readonly topics: number;
  readonly keywords: number;
}

export function createLoaders(neo4j: TenantNeo4j, run: RunEngine, translator: Translator): Loaders {
  /** @param statement reads `$ids` and returns rows of `id` and `value` */
  const byId = <Value>(statement: string, none: Value, args: Readonly<Record<string, unknown>> = {}) =>
    new DataLoader<string, Value>(async (ids) => {
      const rows = await neo4j.read<{ id: string; value: Value }>(statement, { ...args, ids });
      const values = new Map(rows.map(({ id, value }) => [id, value]));
      return ids.map((id) => values.get(id) ?? none);
    });

  return {
    nodes: createNodeLoader(neo4j, run, translator),
    similar: oncePerArguments((args) => byId<readonly Omit<SimilarContentModel, 'of'>[]>(SIMILAR, [], { ...args })),
    reasons: oncePerArguments(({ first }) => createReasonsLoader(neo4j, first)),
    suggestedTopics: oncePerArguments((args) =>
      byId<readonly TopicSuggestionModel[]>(SUGGESTED_TOPICS, [], { ...args }),
    ),
    gaps: oncePerArguments((args) => byId<readonly TopicGapModel[]>(GAPS, [], { ...args })),
    async allGaps(first) {
      const [found] = await neo4j.read<{ gaps: readonly TopicGapModel[] }>(ALL_GAPS, { first });
      return found?.gaps ?? [];
    },
    parents: byId<string | null>(PARENTS, null),
    ancestors: byId<readonly string[]>(ANCESTORS, []),
    descendants: oncePerArguments(({ depth, first }) =>
      byId<readonly TopicDescendantModel[]>(descendants(depth), [], { first }),
    ),
    branchContents: byId(CONTENTS_OF_BRANCHES, 0),
    reach: byId<AudienceReachModel | null>(REACH, null),
    reachByTopic: oncePerArguments((args) => byId<readonly TopicReachModel[]>(REACH_BY_TOPIC, [], { ...args })),
    related: oncePerArguments((args) => byId<readonly RelatedTopicModel[]>(RELATED, [], { ...args })),
    topicContents: byId(CONTENTS_OF_TOPICS, 0),
    keywordContents: byId(CONTENTS_OF_KEYWORDS, 0),
    totals: once(async () => {
      const [totals] = await neo4j.read<Totals & Record<string, number>>(TOTALS);
      return totals ?? { topics: 0, keywords: 0 };
    }),
  };
}

function createReasonsLoader(neo4j: TenantNeo4j, first: number) {
  const nameOf = ({ of, id }: Pair): string => JSON.stringify([of, id]);
  return new DataLoader<Pair, readonly SimilarityReasonModel[], string>(
    async (pairs) => {
      const rows = await neo4j.read<{ origin: string; id: string; value: readonly SimilarityReasonModel[] }>(REASONS, {
        pairs: pairs.map(({ of, id }) => ({ of, id })),
        first,
      });
      const found = new Map(rows.map(({ origin, id, value }) => [nameOf({ of: origin, id }), value]));
      return pairs.map((pair) => found.get(nameOf(pair)) ?? []);
    },
    { cacheKeyFn: nameOf, maxBatchSize: 1_000 },
  );
}

function oncePerArguments<Args, Made>(make: (args: Args) => Made): (args: Args) => Made {
  const made = new Map<string, Made>();
  return (args) => {
    const key = JSON.stringify(args);
    const known = made.get(key) ?? make(args);
    made.set(key, known);
    return known;
  };
}

function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  const made: Promise<Value>[] = [];
  return () => {
    made[0] ??= make();
    return made[0];
  };
}
