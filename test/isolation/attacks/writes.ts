import { type AttackCase, LIKE_NOBODY, type Names } from './case.ts';

const KEY = 'a-key-of-the-attack-suite';

const write = (
  id: string,
  subgraph: AttackCase['subgraph'],
  name: string,
  query: string,
  variables: (their: Names) => Readonly<Record<string, unknown>> = ({ contentId }) => ({ id: contentId }),
): AttackCase => ({ id, subgraph, name, query: `mutation ($id: ID!) { ${query} }`, variables, must: LIKE_NOBODY });

const decided = ({ optimizationId }: Names) => ({ id: optimizationId });
const attached = ({ attachmentId }: Names) => ({ id: attachmentId });
const IN_MONTHS = new Date(Date.now() + 100 * 86_400_000).toISOString();

/** A change to what the victim has fails as one to what nobody has, and leaves the victim as it was. */
export const WRITES: readonly AttackCase[] = [
  write('PG-03', 'relational', 'updateContent', 'updateContent(id: $id, input: { title: "mine" }) { content { id } }'),
  write('PG-03', 'relational', 'publishContent', 'publishContent(id: $id) { content { id } }'),
  write('PG-03', 'relational', 'deleteContent', 'deleteContent(id: $id) { content { id } }'),
  write('PG-03', 'relational', 'restoreContent', 'restoreContent(id: $id) { content { id } }'),
  write('PG-03', 'relational', 'restoreVersion', 'restoreVersion(contentId: $id, number: 1) { position }'),
  write(
    'PG-07',
    'content',
    'recordEvent for its document',
    `recordEvent(input: { kind: VIEW, contentId: $id, idempotencyKey: "${KEY}" }) { recorded }`,
  ),
  write(
    'PG-07',
    'content',
    'recordModelUsage for its document',
    `recordModelUsage(input: { model: "m", tokensIn: 1, tokensOut: 1, costMicros: 1, contentId: $id, idempotencyKey: "${KEY}" }) { recorded }`,
  ),
  write(
    'PG-07',
    'content',
    'recordOptimization for its document',
    `recordOptimization(input: { model: "m", aspect: TITLE, suggestion: "mine", scoreAfter: 1, contentId: $id, idempotencyKey: "${KEY}" }) { recorded }`,
  ),
  write(
    'MG-02',
    'content',
    'acceptOptimization',
    'acceptOptimization(id: $id) { optimization { suggestion } }',
    decided,
  ),
  write(
    'MG-02',
    'content',
    'rejectOptimization',
    'rejectOptimization(id: $id) { optimization { suggestion } }',
    decided,
  ),
  write('PG-03', 'relational', 'schedulePublication', `schedulePublication(id: $id, at: "${IN_MONTHS}") { position }`),
  write('PG-03', 'relational', 'unschedulePublication', 'unschedulePublication(id: $id) { position }'),
  write(
    'PG-07',
    'content',
    'recordEvents for its document',
    `recordEvents(inputs: [{ kind: VIEW, contentId: $id, idempotencyKey: "${KEY}" }]) { outcomes { recorded problem { code message } } }`,
  ),
  write(
    'PG-07',
    'content',
    'beginAttachment for its document',
    'beginAttachment(input: { contentId: $id, filename: "mine.txt", contentType: "text/plain" }) { maxBytes }',
  ),
  write('MG-02', 'content', 'deleteAttachment', 'deleteAttachment(id: $id) { deleted }', attached),
  write(
    'MG-02',
    'content',
    'appendToAttachment: bytes to its file',
    'appendToAttachment(id: $id, offset: 0, data: "bWluZQ==") { length }',
    attached,
  ),
  write('MG-02', 'content', 'completeAttachment', 'completeAttachment(id: $id) { attachment { filename } }', attached),
  write(
    'PG-06',
    'knowledge',
    'linkTopic: a topic of one’s own to its document',
    'linkTopic(contentId: $id, topic: { name: "mine" }) { topic { id } }',
  ),
  write(
    'NJ-03',
    'knowledge',
    'targetAudiences of its document',
    'targetAudiences(contentId: $id, audiences: [{ name: "mine" }]) { content { id } }',
  ),
  write(
    'NJ-03',
    'knowledge',
    'mentionConcepts of its document',
    'mentionConcepts(contentId: $id, concepts: [{ name: "mine" }]) { content { id } }',
  ),
  write(
    'NJ-03',
    'knowledge',
    'moveTopic: its topic to the top',
    'moveTopic(topicId: $id) { topic { id } }',
    ({ topicId }) => ({ id: topicId }),
  ),
  {
    id: 'NJ-03',
    subgraph: 'knowledge',
    name: 'moveTopic: a topic of one’s own below its topic',
    query: 'mutation ($topic: ID!, $parent: ID) { moveTopic(topicId: $topic, parentId: $parent) { topic { id } } }',
    variables: ({ topicId }, own) => ({ topic: own.topicId, parent: topicId }),
    must: LIKE_NOBODY,
  },
  {
    id: 'NJ-03',
    subgraph: 'knowledge',
    name: 'unlinkTopic: its topic from its document',
    query: 'mutation ($id: ID!, $topic: ID!) { unlinkTopic(contentId: $id, topicId: $topic) { unlinked } }',
    variables: ({ contentId, topicId }) => ({ id: contentId, topic: topicId }),
    must: LIKE_NOBODY,
  },
  {
    id: 'NJ-03',
    subgraph: 'knowledge',
    name: 'unlinkTopic: its topic from a document of one’s own',
    query: 'mutation ($id: ID!, $topic: ID!) { unlinkTopic(contentId: $id, topicId: $topic) { unlinked } }',
    variables: ({ topicId }, own) => ({ id: own.contentId, topic: topicId }),
    must: LIKE_NOBODY,
  },
];

/** What the victim has is no obstacle to having the same, and nothing of it comes along. */
export const TWINS: readonly AttackCase[] = [
  {
    id: 'PG-08',
    subgraph: 'relational',
    name: 'createContent with its slug, title and tag',
    query:
      'mutation ($input: CreateContentInput!) { createContent(input: $input) { content { slug title tags revision } } }',
    variables: ({ canary }) => ({ input: { ...twinOf(canary), body: 'x' } }),
    must: {
      kind: 'data',
      echoes: true,
      data: (_, { canary }) => ({ createContent: { content: { ...twinOf(canary), revision: 1 } } }),
    },
  },
  {
    id: 'NJ-03',
    subgraph: 'knowledge',
    name: 'coverTopics of its competitor, by name',
    query:
      'mutation ($name: String!, $topics: [String!]!) { coverTopics(competitor: $name, topics: $topics) { competitor { name topics { totalCount } } } }',
    variables: ({ canary }) => ({ name: `${canary} rival`, topics: ['of my own'] }),
    must: {
      kind: 'data',
      echoes: true,
      data: (_, { canary }) => ({
        coverTopics: { competitor: { name: `${canary} rival`, topics: { totalCount: 1 } } },
      }),
    },
  },
  {
    id: 'NJ-03',
    subgraph: 'knowledge',
    name: 'rateKeywords: its keyword, by name',
    query:
      'mutation ($name: String!) { rateKeywords(keywords: [{ name: $name, volume: 1 }]) { keywords { name volume difficulty contentCount } } }',
    variables: ({ canary }) => ({ name: canary }),
    must: {
      kind: 'data',
      echoes: true,
      data: (_, { canary }) => ({
        rateKeywords: { keywords: [{ name: canary, volume: 1, difficulty: null, contentCount: 0 }] },
      }),
    },
  },
  {
    id: 'MG-12',
    subgraph: 'content',
    name: 'recordEvent with its idempotency key',
    query:
      'mutation ($key: String!) { recordEvent(input: { kind: SEARCH, idempotencyKey: $key }) { recorded event { kind properties } } }',
    variables: ({ canary, contentId }) => ({ key: `${canary}-${contentId}` }),
    must: {
      kind: 'data',
      data: () => ({ recordEvent: { recorded: true, event: { kind: 'SEARCH', properties: null } } }),
    },
  },
];

const twinOf = (canary: string) => ({
  title: `${canary} document 1`,
  slug: `${canary}-document-1`,
  tags: [canary],
});
