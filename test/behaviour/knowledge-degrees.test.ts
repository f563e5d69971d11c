import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GraphWorld, migratedGraphWorld } from '../kit/neo4j.ts';

let world: GraphWorld;
let ids: Record<string, string>;
beforeAll(async () => {
  world = await migratedGraphWorld();
  const topics = (...names: string[]) => names.map((name) => ({ name, relevance: 1 }));
  ids = await world.a.save(
    { slug: 'one', topics: topics('Graphs', 'Tests'), keywords: ['queries'] },
    { slug: 'two', topics: topics('Graphs') },
    { slug: 'three', topics: topics('Tests', 'Queries') },
    { slug: 'four', topics: [] },
  );
  await world.b.save({ slug: 'theirs', audiences: ['Engineers'] });
});
afterAll(() => world.close());

const TARGET = `mutation ($id: ID!, $audiences: [AudienceFitInput!]!) {
  targetAudiences(contentId: $id, audiences: $audiences) { content { audiences { edges { fit node { name } } } } } }`;
const MENTION = `mutation ($id: ID!, $concepts: [ConceptSalienceInput!]!) {
  mentionConcepts(contentId: $id, concepts: $concepts) { content { concepts { edges { salience node { name } } } } } }`;
const RATE = `mutation ($keywords: [KeywordRatingInput!]!) {
  rateKeywords(keywords: $keywords) { keywords { name volume difficulty } } }`;
const target = (slug: string, ...audiences: { name: string; fit?: number }[]) =>
  world.a.ask(TARGET, { id: ids[slug], audiences });

describe('audiences', () => {
  it('are noted with how well a document suits them, best first, and taken off with 0', async () => {
    const fits = [
      { name: 'Engineers', fit: 0.5 },
      { name: 'Editors', fit: 0.9 },
    ];
    const { data } = await target('four', ...fits);
    const edges = [...fits].reverse().map(({ name, fit }) => ({ fit, node: { name } }));
    expect(data).toEqual({ targetAudiences: { content: { audiences: { edges } } } });
    const gone = await target('four', ...fits.map(({ name }) => ({ name, fit: 0 })));
    expect(gone.data).toEqual({ targetAudiences: { content: { audiences: { edges: [] } } } });
  });

  it('are reached by a share of all documents, and by topic by a share of those about it', async () => {
    for (const slug of ['one', 'two']) await target(slug, { name: 'Engineers', fit: 0.8 });
    const reach = 'reach { contents share fit topics { contents share topic { name } } }';
    const { data, statements } = await world.a.ask(`{ audiences { nodes { name ${reach} } } }`);
    const topics = [
      { contents: 2, share: 1, topic: { name: 'Graphs' } },
      { contents: 1, share: 0.5, topic: { name: 'Tests' } },
    ];
    const engineers = { name: 'Engineers', reach: { contents: 2, share: 0.5, fit: 0.8, topics } };
    const editors = { name: 'Editors', reach: { contents: 0, share: 0, fit: 0, topics: [] } };
    expect(data).toEqual({ audiences: { nodes: [editors, engineers] } });
    expect(statements).toBe(4);
  });
});

it('concepts are noted with how much of a document they take, and suggest topics of their name', async () => {
  await world.a.ask(MENTION, { id: ids.two, concepts: [{ name: 'Queries', salience: 0.4 }] });
  const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Content { topicSuggestions {
    score contents topic { name } reasons { share similarity content { id } keyword { name } concept { name } } } } } }`;
  const { data } = await world.a.ask(query, { r: [{ __typename: 'Content', id: ids.two }] });
  const similarity = 1 / Math.hypot(1, 1, 1);
  const nothing = { content: null, keyword: null, concept: null, similarity: null };
  const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;
  const byDocument = {
    ...nothing,
    share: rounded(similarity),
    similarity: rounded(similarity),
    content: { id: ids.one },
  };
  expect(data).toEqual({
    _entities: [
      {
        topicSuggestions: [
          { score: rounded(similarity), contents: 1, topic: { name: 'Tests' }, reasons: [byDocument] },
          {
            ...{ score: 0.2, contents: 0, topic: { name: 'Queries' } },
            reasons: [{ ...nothing, share: 0.2, concept: { name: 'Queries' } }],
          },
        ],
      },
    ],
  });
});

describe('keywords', () => {
  it('are rated by name, and keep what a later rating leaves out', async () => {
    await world.a.ask(RATE, { keywords: [{ name: 'Queries', volume: 1_300, difficulty: 40 }] });
    const { data } = await world.a.ask(RATE, {
      keywords: [
        { name: 'queries', difficulty: 55 },
        { name: 'new', volume: 0 },
      ],
    });
    const keywords = [
      { name: 'queries', volume: 1_300, difficulty: 55 },
      { name: 'new', volume: 0, difficulty: null },
    ];
    expect(data).toEqual({ rateKeywords: { keywords } });
    expect((await world.b.ask('{ keywords { totalCount } }')).data).toEqual({ keywords: { totalCount: 0 } });
  });

  it('put the gap first that is searched for most, over all competitors', async () => {
    const cover =
      'mutation ($c: String!, $t: [String!]!, $x: Float) { coverTopics(competitor: $c, topics: $t, coverage: $x) { competitor { id } } }';
    await world.a.ask(cover, { c: 'Rival', t: ['Graphs', 'Opera', 'Ballet'], x: 0.3 });
    await world.a.ask(cover, { c: 'Other', t: ['Opera'], x: 0.7 });
    await world.a.ask(RATE, { keywords: [{ name: 'ballet', volume: 90, difficulty: 5 }] });
    const { data, errors } = await world.a.ask(
      '{ topicGaps { topic { name } volume difficulty competitors coverage coveredBy { name } } }',
    );
    expect(errors).toEqual({});
    const gap = (name: string, rated: object, coverage: number, ...rivals: string[]) => ({
      ...{ topic: { name }, ...rated, competitors: rivals.length, coverage },
      coveredBy: rivals.map((rival) => ({ name: rival })),
    });
    expect(data).toEqual({
      topicGaps: [
        gap('Ballet', { volume: 90, difficulty: 5 }, 0.3, 'Rival'),
        gap('Opera', { volume: null, difficulty: null }, 0.7, 'Other', 'Rival'),
      ],
    });
  });
});

it.each([
  ['a fit above 1', TARGET, { audiences: [{ name: 'x', fit: 1.1 }] }, 'BAD_USER_INPUT'],
  ['a fit below 0', TARGET, { audiences: [{ name: 'x', fit: -0.1 }] }, 'BAD_USER_INPUT'],
  ['no audience', TARGET, { audiences: [] }, 'BAD_USER_INPUT'],
  ['21 concepts', MENTION, { concepts: Array(21).fill({ name: 'x' }) }, 'LIMIT_EXCEEDED'],
  ['a name of blanks', MENTION, { concepts: [{ name: '  ' }] }, 'BAD_USER_INPUT'],
  ['a rating of nothing', RATE, { keywords: [{ name: 'x' }] }, 'BAD_USER_INPUT'],
  ['a negative volume', RATE, { keywords: [{ name: 'x', volume: -1 }] }, 'BAD_USER_INPUT'],
  ['a difficulty of 101', RATE, { keywords: [{ name: 'x', difficulty: 101 }] }, 'BAD_USER_INPUT'],
  ['101 ratings', RATE, { keywords: Array(101).fill({ name: 'x', volume: 1 }) }, 'LIMIT_EXCEEDED'],
])('%s is refused', async (_what, mutation, variables, code) => {
  const { errors } = await world.a.ask(mutation, { id: ids.one, ...variables });
  expect(Object.values(errors)).toEqual([code]);
});
