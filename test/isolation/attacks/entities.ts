import type { SubgraphName } from '#schema/subgraphs';
import { type AttackCase, LIKE_NOBODY, type Names, REFUSED } from './case.ts';

/** What each subgraph tells of an entity, and which of the attacker's names is its key. */
const ENTITIES: readonly (readonly [SubgraphName, type: string, key: keyof Names, selection: string])[] = [
  ['relational', 'Content', 'contentId', 'id slug title summary status tags author { id email } revision'],
  ['relational', 'User', 'userId', 'id name email role contents { totalCount }'],
  ['relational', 'Tenant', 'tenantId', 'id slug name tier features memberCount contentCount limits { maxUsers }'],
  ['relational', 'Memory', 'memoryId', 'id content tags context { name } related { depth }'],
  ['relational', 'ExecutionContext', 'executionContextId', 'id name memoryCount project { name }'],
  [
    'content',
    'Content',
    'contentId',
    'id body bodyHtml excerpt wordCount versionCount versions { number body } views performance { views } optimizations { id suggestion }',
  ],
  ['content', 'User', 'userId', 'id recentEvents { id properties }'],
  ['content', 'Tenant', 'tenantId', 'id documentCount eventCount'],
  [
    'knowledge',
    'Content',
    'contentId',
    'id topics { nodes { id name } } keywords { nodes { name } } similar { content { id } score }',
  ],
  ['knowledge', 'Topic', 'topicId', 'id name contents { totalCount }'],
  ['knowledge', 'Keyword', 'keywordId', 'id name'],
  ['knowledge', 'Concept', 'conceptId', 'id name'],
  ['knowledge', 'Audience', 'audienceId', 'id name'],
  ['knowledge', 'Competitor', 'competitorId', 'id name gaps { topic { name } }'],
  ['knowledge', 'Tenant', 'tenantId', 'id topicCount'],
  ['operations', 'Content', 'contentId', 'id freshness { target pending dead }'],
  ['operations', 'Tenant', 'tenantId', 'id freshness { target pending dead }'],
];

const entities = (selection: string): string =>
  `query ($all: [_Any!]!) { _entities(representations: $all) { __typename ${selection} } }`;

/** Sent to the ports alone: the gateway has no field `_entities`. */
export const REPRESENTATIONS: readonly AttackCase[] = [
  ...ENTITIES.map(
    ([subgraph, type, key, selection]): AttackCase => ({
      ...{ id: 'GW-04', name: `${type} by its key`, subgraph, only: 'subgraph', must: LIKE_NOBODY },
      query: entities(`... on ${type} { ${selection} }`),
      variables: (their) => ({ all: [{ __typename: type, id: their[key] }] }),
    }),
  ),
  ...ENTITIES.map(
    ([subgraph, type, key, selection]): AttackCase => ({
      ...{ id: 'GW-04', name: `${type} by its key, with forged fields`, subgraph, only: 'subgraph', must: LIKE_NOBODY },
      query: entities(`... on ${type} { ${selection} }`),
      variables: (their) => ({
        all: [
          { __typename: type, id: their[key], tenantId: their.tenantId, tenant: { id: their.tenantId }, title: 'x' },
        ],
      }),
    }),
  ),
  ...ENTITIES.map(
    ([subgraph, type, key]): AttackCase => ({
      ...{ id: 'MG-01', name: `${type} by an operator in place of its key`, subgraph, only: 'subgraph' },
      must: LIKE_NOBODY,
      query: entities(`... on ${type} { id }`),
      variables: (their) => ({
        all: [
          { __typename: type, id: { $in: [their[key]] } },
          { __typename: type, id: [their[key]] },
          { __typename: type, id: { contains: '' } },
          { __typename: type, id: null },
        ],
      }),
    }),
  ),
  ...(['relational', 'content', 'knowledge', 'operations'] as const).flatMap((subgraph): readonly AttackCase[] => [
    {
      ...{ id: 'GW-04', name: 'a type that is none', subgraph, only: 'subgraph', must: REFUSED },
      query: entities(''),
      variables: (their) => ({ all: [{ __typename: '__proto__', id: their.contentId }] }),
    },
    {
      ...{ id: 'GW-04', name: 'more keys than any page holds', subgraph, only: 'subgraph', must: REFUSED },
      query: entities('... on Content { id }'),
      variables: ({ contentId }) => ({
        all: Array.from({ length: 10_001 }, () => ({ __typename: 'Content', id: contentId })),
      }),
    },
  ]),
];
