import { pageSize } from '../runtime/connection.ts';
import type { Context } from './context.ts';
import { mentionConcepts, targetAudiences } from './described.ts';
import type { IdeaKind, Resolvers } from './generated/resolvers.ts';
import { checkFraction } from './input.ts';
import { rateKeywords } from './keyword-ratings.ts';
import { coverTopics, linkTopic, unlinkTopic } from './links.ts';
import { shortestPath } from './path.ts';
import { idOf } from './promised.ts';
import { TOPIC_BY_SLUG } from './statements.ts';
import { MOST_STEPS, moveTopic } from './taxonomy.ts';

/** What own.graphql adds; promised.ts resolves the generated part. */
export const ownResolvers = {
  Query: {
    async topicBySlug(_root, { slug }, { stores, loaders }, info) {
      const [found] = await stores.neo4j.read<{ id: string }>(TOPIC_BY_SLUG, { slug });
      return found ? loaders.nodes.known('Topic', found.id, info) : null;
    },
    shortestPath: (_root, { from, to }, { stores }) => shortestPath(stores.neo4j, from, to),
    topicGaps: (_root, { first }, { loaders }) => loaders.allGaps(pageSize(first)),
  },
  Mutation: {
    linkTopic: (_root, { contentId, topic }, { stores }) =>
      linkTopic(stores.neo4j, idOf(contentId), topic.name, topic.relevance ?? 1),
    unlinkTopic: (_root, { contentId, topicId }, { stores }) =>
      unlinkTopic(stores.neo4j, idOf(contentId), idOf(topicId)),
    coverTopics: (_root, { competitor, topics, coverage }, { stores }) =>
      coverTopics(stores.neo4j, competitor, topics, coverage ?? 1),
    moveTopic: (_root, { topicId, parentId }, { stores }) =>
      moveTopic(stores.neo4j, idOf(topicId), typeof parentId === 'string' ? idOf(parentId) : undefined),
    rateKeywords: (_root, { keywords }, { stores }) => rateKeywords(stores.neo4j, keywords),
    targetAudiences: (_root, { contentId, audiences }, { stores }) =>
      targetAudiences(
        stores.neo4j,
        idOf(contentId),
        audiences.map(({ name, fit }) => ({ name, degree: fit ?? 1 })),
      ),
    mentionConcepts: (_root, { contentId, concepts }, { stores }) =>
      mentionConcepts(
        stores.neo4j,
        idOf(contentId),
        concepts.map(({ name, salience }) => ({ name, degree: salience ?? 1 })),
      ),
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
  MoveTopicPayload: {
    topic: ({ topicId }, _args, { loaders }, info) => loaders.nodes.known('Topic', topicId, info),
  },
  RateKeywordsPayload: {
    keywords: ({ keywordIds }, _args, { loaders }, info) =>
      Promise.all(keywordIds.map((id) => loaders.nodes.known('Keyword', id, info))),
  },
  TargetAudiencesPayload: {
    content: ({ contentId }, _args, { loaders }, info) => loaders.nodes.known('Content', contentId, info),
  },
  MentionConceptsPayload: {
    content: ({ contentId }, _args, { loaders }, info) => loaders.nodes.known('Content', contentId, info),
  },
  Content: {
    async similar({ __id }, { first, threshold }, { loaders }) {
      const args = { first: pageSize(first, { standard: 3 }), threshold: checkFraction('threshold', threshold ?? 0) };
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
    reasons: ({ reasons }, { first }) => reasons.slice(0, pageSize(first, { standard: 3, max: 25 })),
  },
  SuggestionReason: {
    content: ({ kind, id }, _args, { loaders }, info) =>
      kind === 'Content' ? loaders.nodes.known('Content', id, info) : null,
    keyword: ({ kind, id }, _args, { loaders }, info) =>
      kind === 'Keyword' ? loaders.nodes.known('Keyword', id, info) : null,
    concept: ({ kind, id }, _args, { loaders }, info) =>
      kind === 'Concept' ? loaders.nodes.known('Concept', id, info) : null,
  },
  Competitor: {
    gaps: ({ __id }, { first }, { loaders }) => loaders.gaps({ first: pageSize(first, { standard: 10 }) }).load(__id),
  },
  TopicGap: {
    topic: ({ id }, _args, { loaders }, info) => loaders.nodes.known('Topic', id, info),
    coveredBy: ({ rivals }, { first }, { loaders }, info) =>
      Promise.all(
        rivals
          .slice(0, pageSize(first, { standard: 5, max: 20 }))
          .map((id) => loaders.nodes.known('Competitor', id, info)),
      ),
  },
  IdeaStep: {
    kind: ({ label }) => KINDS[label] ?? unknownLabel(label),
    content: ({ label, id }, _args, { loaders }, info) =>
      label === 'Content' ? loaders.nodes.known('Content', id, info) : null,
  },
  Topic: {
    contentCount: ({ __id }, _args, { loaders }) => loaders.topicContents.load(__id),
    branchContentCount: ({ __id }, _args, { loaders }) => loaders.branchContents.load(__id),
    async parent({ __id }, _args, { loaders }, info) {
      const id = await loaders.parents.load(__id);
      return id === null ? null : loaders.nodes.known('Topic', id, info);
    },
    ancestors: async ({ __id }, _args, { loaders }, info) =>
      Promise.all((await loaders.ancestors.load(__id)).map((id) => loaders.nodes.known('Topic', id, info))),
    descendants({ __id }, { depth, first }, { loaders }) {
      const levels = pageSize(depth, { name: 'depth', standard: MOST_STEPS, max: MOST_STEPS });
      return loaders.descendants({ depth: levels, first: pageSize(first) }).load(__id);
    },
    related: ({ __id }, { first }, { loaders }) =>
      loaders.related({ first: pageSize(first, { standard: 5 }) }).load(__id),
  },
  TopicDescendant: {
    topic: ({ id }, _args, { loaders }, info) => loaders.nodes.known('Topic', id, info),
  },
  Audience: {
    reach: ({ __id }, _args, { loaders }) => loaders.reach.load(__id),
  },
  AudienceReach: {
    topics: ({ id }, { first }, { loaders }) =>
      loaders.reachByTopic({ first: pageSize(first, { standard: 5, max: 50 }) }).load(id),
  },
  TopicReach: {
    topic: ({ id }, _args, { loaders }, info) => loaders.nodes.known('Topic', id, info),
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
