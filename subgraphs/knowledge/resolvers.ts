import { PolygraphError } from '#platform/errors';
import { pageSize } from '../runtime/connection.ts';
import type { Context } from './context.ts';
import type { IdeaKind, Resolvers } from './generated/resolvers.ts';
import { coverTopics, linkTopic, unlinkTopic } from './links.ts';
import { shortestPath } from './path.ts';
import { idOf } from './promised.ts';
import { TOPIC_BY_SLUG } from './statements.ts';

/** What own.graphql adds; promised.ts resolves the generated part. */
export const ownResolvers = {
  Query: {
    async topicBySlug(_root, { slug }, { stores, loaders }, info) {
      const [found] = await stores.neo4j.read<{ id: string }>(TOPIC_BY_SLUG, { slug });
      return found ? loaders.nodes.known('Topic', found.id, info) : null;
    },
    shortestPath: (_root, { from, to }, { stores }) => shortestPath(stores.neo4j, from, to),
  },
  Mutation: {
    linkTopic: (_root, { contentId, topic }, { stores }) =>
      linkTopic(stores.neo4j, idOf(contentId), topic.name, topic.relevance ?? 1),
    unlinkTopic: (_root, { contentId, topicId }, { stores }) =>
      unlinkTopic(stores.neo4j, idOf(contentId), idOf(topicId)),
    coverTopics: (_root, { competitor, topics }, { stores }) => coverTopics(stores.neo4j, competitor, topics),
  },
  LinkTopicPayload: {
    content: ({ contentId }, _args, { loaders }, info) => loaders.nodes.known('Content', contentId, info),
    topic: ({ topicId }, _args, { loaders }, info) => loaders.nodes.known('Topic', topicId, info),
  },
  UnlinkTopicPayload: {
    content: ({ contentId }, _args, { loaders }, info) => loaders.nodes.known('Content', contentId, info),
  },
  CoverTopicsPayload: {
    competitor: ({ competitorId }, _args, { loaders }, info) => loaders.nodes.known('Competitor', competitorId, info),
  },
  Content: {
    async similar({ __id }, { first, threshold }, { loaders }) {
      const args = { first: pageSize(first, { standard: 3 }), threshold: fraction('threshold', threshold) };
      return (await loaders.similar(args).load(__id)).map((similar) => ({ ...similar, of: __id }));
    },
    topicSuggestions: ({ __id }, { first }, { loaders }) =>
      loaders.suggestedTopics({ first: pageSize(first, { standard: 5 }) }).load(__id),
  },
  SimilarContent: {
    content: ({ id }, _args, { loaders }, info) => loaders.nodes.known('Content', id, info),
    reasons: ({ of, id }, { first }, { loaders }) =>
      loaders.reasons({ first: pageSize(first, { standard: 5, max: 20 }) }).load({ of, id }),
  },
  SimilarityReason: {
    topic: ({ kind, id }, _args, { loaders }, info) =>
      kind === 'Topic' ? loaders.nodes.known('Topic', id, info) : null,
    keyword: ({ kind, id }, _args, { loaders }, info) =>
      kind === 'Keyword' ? loaders.nodes.known('Keyword', id, info) : null,
  },
  TopicSuggestion: {
    topic: ({ id }, _args, { loaders }, info) => loaders.nodes.known('Topic', id, info),
  },
  Competitor: {
    gaps: ({ __id }, { first }, { loaders }) => loaders.gaps({ first: pageSize(first, { standard: 10 }) }).load(__id),
  },
  TopicGap: {
    topic: ({ id }, _args, { loaders }, info) => loaders.nodes.known('Topic', id, info),
  },
  IdeaStep: {
    kind: ({ label }) => KINDS[label] ?? unknownLabel(label),
    content: ({ label, id }, _args, { loaders }, info) =>
      label === 'Content' ? loaders.nodes.known('Content', id, info) : null,
  },
  Topic: {
    contentCount: ({ __id }, _args, { loaders }) => loaders.topicContents.load(__id),
    related: ({ __id }, { first }, { loaders }) =>
      loaders.related({ first: pageSize(first, { standard: 5 }) }).load(__id),
  },
  RelatedTopic: {
    topic: ({ id }, _args, { loaders }, info) => loaders.nodes.known('Topic', id, info),
  },
  Keyword: {
    contentCount: ({ __id }, _args, { loaders }) => loaders.keywordContents.load(__id),
  },
  Tenant: {
    /** The caller's own tenant is the only one there is. */
    __resolveReference: ({ id }: { id: string }, { tenant }: Context) => (id === tenant.tenantId ? { id } : null),
    topicCount: async (_tenant, _args, { loaders }) => (await loaders.totals()).topics,
    keywordCount: async (_tenant, _args, { loaders }) => (await loaders.totals()).keywords,
  },
} satisfies Resolvers;

function fraction(name: string, value: number | null | undefined): number {
  const given = value ?? 0;
  if (given >= 0 && given <= 1) return given;
  throw new PolygraphError('BAD_USER_INPUT', `\`${name}\` is from 0 to 1; got ${given}.`);
}

const KINDS: Readonly<Record<string, IdeaKind>> = {
  Content: 'CONTENT',
  Topic: 'TOPIC',
  Keyword: 'KEYWORD',
  Concept: 'CONCEPT',
  Audience: 'AUDIENCE',
  Competitor: 'COMPETITOR',
};

function unknownLabel(label: string): never {
  throw new TypeError(`A path leads through a ${label}.`);
}
