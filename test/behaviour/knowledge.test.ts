import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GraphWorld, migratedGraphWorld, openGraphWorld } from '../kit/neo4j.ts';

let world: GraphWorld;
let ids: Record<string, string>;
beforeAll(async () => {
  world = await migratedGraphWorld();
  ids = await world.a.save(
    { slug: 'one', topics: [topic('Graphs', 0.9), topic('Tests', 0.4)], keywords: ['x', 'y'], dependencies: ['two'] },
    {
      slug: 'two',
      topics: [topic('graphs', 0.8)],
      keywords: ['x', 'y'],
      concepts: ['Proof'],
      audiences: ['Engineers'],
    },
    { slug: 'three', topics: [topic('Tests', 0.2)], keywords: ['z'], dependencies: ['two', 'later'] },
    { slug: 'lone', topics: [topic('Music', 1)] },
  );
});
afterAll(() => world.close());

describe('a document', () => {
  it('has its topics, most relevant first, with their relevance', async () => {
    const query = `query ($id: ID!) { _entities(representations: [{ __typename: "Content", id: $id }]) { ... on Content {
      id topics(first: 1) { totalCount edges { relevance node { name slug } } pageInfo { hasNextPage } }
      few: topics(minRelevance: 0.5) { nodes { name } }
    } } }`;
    const { data, errors } = await world.a.ask(query, { id: ids.one });
    expect(errors).toEqual({});
    expect(data).toEqual({
      _entities: [
        {
          id: ids.one,
          topics: {
            totalCount: 2,
            edges: [{ relevance: 0.9, node: { name: 'Graphs', slug: 'graphs' } }],
            pageInfo: { hasNextPage: true },
          },
          few: { nodes: [{ name: 'Graphs' }] },
        },
      ],
    });
  });

  it('answers a list under every name that it is asked for at once', async () => {
    const { data, errors } = await ask(
      'two',
      `keywords(first: 1) { total: totalCount nodes { id name } edges { cursor one: node { name } other: node { id } }
        again: edges { weight node { name: id } } pageInfo { startCursor end: endCursor } sum: totalCount }`,
    );
    expect(errors).toEqual({});
    const [{ id }] = (data as { keywords: { nodes: [{ id: string }] } }).keywords.nodes;
    const cursor = expect.any(String);
    expect(data).toEqual({
      keywords: {
        total: 2,
        nodes: [{ id, name: 'x' }],
        edges: [{ cursor, one: { name: 'x' }, other: { id } }],
        again: [{ weight: expect.any(Number), node: { name: id } }],
        pageInfo: { startCursor: cursor, end: cursor },
        sum: 2,
      },
    });
  });

  it('has keywords, concepts, audiences and dependencies both ways', async () => {
    const { data } = await ask(
      'two',
      `keywords { nodes { name } } concepts { nodes { name } } audiences { nodes { name } }
      dependsOn { totalCount } dependedOnBy { nodes { id } }`,
    );
    expect(data).toEqual({
      keywords: { nodes: [{ name: 'x' }, { name: 'y' }] },
      concepts: { nodes: [{ name: 'Proof' }] },
      audiences: { nodes: [{ name: 'Engineers' }] },
      dependsOn: { totalCount: 0 },
      dependedOnBy: { nodes: [{ id: ids.one }, { id: ids.three }] },
    });
  });

  it('has similar documents by weighted overlap, best first, which can be asked on', async () => {
    const { data } = await ask(
      'one',
      'similar { score sharedTopics sharedKeywords content { id topics { totalCount } } }',
    );
    const norm = (...weights: number[]): number => Math.hypot(...weights);
    const two = (0.9 * 0.8 + 2) / (norm(0.9, 0.4, 1, 1) * norm(0.8, 1, 1));
    const three = (0.4 * 0.2) / (norm(0.9, 0.4, 1, 1) * norm(0.2, 1));
    expect(data).toEqual({
      similar: [
        {
          score: rounded(two),
          sharedTopics: 1,
          sharedKeywords: 2,
          content: { id: ids.two, topics: { totalCount: 1 } },
        },
        {
          score: rounded(three),
          sharedTopics: 1,
          sharedKeywords: 0,
          content: { id: ids.three, topics: { totalCount: 1 } },
        },
      ],
    });
  });

  it('keeps less similar ones out by the threshold', async () => {
    const { data } = await ask('one', 'similar(threshold: 0.5) { content { id } }');
    expect(data).toEqual({ similar: [{ content: { id: ids.two } }] });
  });

  it('is null where the graph has never heard of it', async () => {
    const { data, errors } = await world.a.ask(ENTITY('id'), { id: 'nobody' });
    expect([data, errors]).toEqual([{ _entities: [null] }, {}]);
  });
});

describe('lists', () => {
  it('are pages by name, whose cursors go on', async () => {
    const page =
      'query ($after: String) { topics(first: 2, after: $after) { totalCount nodes { name } pageInfo { hasNextPage endCursor } } }';
    const first = await world.a.ask(page);
    const { endCursor } = (first.data as { topics: { pageInfo: { endCursor: string } } }).topics.pageInfo;
    const second = await world.a.ask(page, { after: endCursor });
    expect(first.data).toMatchObject({ topics: { totalCount: 3, nodes: [{ name: 'Graphs' }, { name: 'Music' }] } });
    expect(second.data).toMatchObject({ topics: { nodes: [{ name: 'Tests' }], pageInfo: { hasNextPage: false } } });
  });

  // The library once sent the page size of the second list as a map: LIMIT wants a number.
  it('are pages of their own under `nodes` and under `edges` of the list around them', async () => {
    const query = `{ keywords {
      nodes { contents(first: 1) { totalCount nodes { id } } }
      edges { other: node { contents(first: 1) { edges { cursor } pageInfo { hasNextPage } } } }
    } }`;
    const { data, errors } = await world.a.ask(query);
    expect(errors).toEqual({});
    const two = { contents: { totalCount: 2, nodes: [expect.anything()] } };
    const page = (hasNextPage: boolean) => ({ other: { contents: { edges: [{}], pageInfo: { hasNextPage } } } });
    expect(data).toMatchObject({
      keywords: {
        nodes: [two, two, { contents: { totalCount: 1, nodes: [{ id: ids.three }] } }],
        edges: [page(true), page(true), page(false)],
      },
    });
  });

  it('follow aliases, fragments and @include', async () => {
    const query = `query ($no: Boolean = false) { mine: topicBySlug(slug: "graphs") { ...T ... on Topic { n: name @include(if: $no) } } }
      fragment T on Topic { __typename title: name contentCount related { sharedContents topic { name } }
      properties: contents { e: edges { cursor node { __typename } w: relevance } } }`;
    const { data, errors } = await world.a.ask(query);
    expect(errors).toEqual({});
    expect(data).toMatchObject({
      mine: {
        __typename: 'Topic',
        title: 'Graphs',
        contentCount: 2,
        related: [{ sharedContents: 1, topic: { name: 'Tests' } }],
        properties: { e: [{ w: 0.9, node: { __typename: 'Content' } }, { w: 0.8 }] },
      },
    });
  });

  it.each([
    ['topics(first: 101) { totalCount }', 'LIMIT_EXCEEDED'],
    ['topics(first: 0) { totalCount }', 'LIMIT_EXCEEDED'],
    ['topics(after: "bm8=") { totalCount }', 'CURSOR_INVALID'],
    ['similar(first: 101) { score }', 'LIMIT_EXCEEDED'],
    ['similar(threshold: 2) { score }', 'BAD_USER_INPUT'],
  ])('refuse %s with %s, and answer the rest', async (field, code) => {
    const { data, errors } = await ask('one', `${field} keywords { totalCount }`);
    expect(data).toMatchObject({ keywords: { totalCount: 2 } });
    expect(Object.values(errors)).toEqual([code]);
  });

  it('are counted for the tenant', async () => {
    const query = `query ($id: ID!) { _entities(representations: [{ __typename: "Tenant", id: $id }]) { ... on Tenant { topicCount keywordCount } } }`;
    expect((await world.a.ask(query, { id: world.a.id })).data).toEqual({
      _entities: [{ topicCount: 3, keywordCount: 3 }],
    });
  });
});

describe('statements', () => {
  const FIELDS =
    'id topics { nodes { name } } keywords { nodes { name } } similar { score content { id } } dependsOn { totalCount }';

  it('are as many for one document as for a hundred', async () => {
    const slugs = Array.from({ length: 100 }, (_, index) => ({ slug: `bulk-${index}`, topics: [topic('Bulk', 0.5)] }));
    const bulk = Object.values(await world.b.save(...slugs));
    const count = async (some: string[]) => {
      const representations = some.map((id) => ({ __typename: 'Content', id }));
      const { data, statements } = await world.b.ask(ENTITIES(FIELDS), { representations });
      expect((data as { _entities: unknown[] })._entities.every(Boolean)).toBe(true);
      return statements;
    };
    expect([await count(bulk.slice(0, 1)), await count(bulk)]).toEqual([2, 2]);
  });
});

describe('links by hand', () => {
  it('are made, changed, kept when the document is projected again, and taken off', async () => {
    const id = (await world.a.save({ slug: 'linked', topics: [topic('Own', 0.5)] })).linked;
    const link =
      'mutation ($id: ID!, $r: Float) { linkTopic(contentId: $id, topic: { name: " By  hand ", relevance: $r }) { relevance topic { id name } content { topics { nodes { name } } } } }';
    await world.a.ask(link, { id, r: 0.1 });
    const { data } = await world.a.ask(link, { id, r: 0.7 });
    expect(data).toMatchObject({
      linkTopic: {
        relevance: 0.7,
        topic: { name: 'By hand' },
        content: { topics: { nodes: [{ name: 'By hand' }, { name: 'Own' }] } },
      },
    });
    await world.a.save({ slug: 'linked', contentId: id ?? '', revision: 2, topics: [topic('Other', 1)] });
    const { topic: linked } = (data as { linkTopic: { topic: { id: string } } }).linkTopic;
    const unlink =
      'mutation ($id: ID!, $topic: ID!) { unlinkTopic(contentId: $id, topicId: $topic) { unlinked content { topics { nodes { name } } } } }';
    const topics = { nodes: [{ name: 'Other' }] };
    expect((await world.a.ask(unlink, { id, topic: linked.id })).data).toEqual({
      unlinkTopic: { unlinked: true, content: { topics } },
    });
    expect((await world.a.ask(unlink, { id, topic: linked.id })).data).toMatchObject({
      unlinkTopic: { unlinked: false },
    });
  });

  it.each([
    ['{ name: "" }', 'BAD_USER_INPUT'],
    [`{ name: "${'x'.repeat(101)}" }`, 'BAD_USER_INPUT'],
    ['{ name: "x", relevance: 1.1 }', 'BAD_USER_INPUT'],
  ])('refuse %s', async (input, code) => {
    const { errors } = await world.a.ask(
      `mutation ($id: ID!) { linkTopic(contentId: $id, topic: ${input}) { relevance } }`,
      { id: ids.one },
    );
    expect(errors).toEqual({ linkTopic: code });
  });

  it('refuse an unknown document', async () => {
    const { errors } = await world.a.ask(
      'mutation { linkTopic(contentId: "nobody", topic: { name: "x" }) { relevance } }',
    );
    expect(errors).toEqual({ linkTopic: 'NOT_FOUND' });
  });

  it('need the scope to write', async () => {
    const { errors } = await world.a.ask(
      'mutation { linkTopic(contentId: "nobody", topic: { name: "x" }) { relevance } }',
      {},
      'VIEWER',
    );
    expect(errors).toEqual({ linkTopic: 'FORBIDDEN' });
  });

  it('note which topics a competitor covers', async () => {
    const query =
      'mutation { coverTopics(competitor: "Rival", topics: ["Graphs", "Tests"]) { competitor { name topics { nodes { name } } } } }';
    expect((await world.a.ask(query)).data).toEqual({
      coverTopics: { competitor: { name: 'Rival', topics: { nodes: [{ name: 'Graphs' }, { name: 'Tests' }] } } },
    });
  });
});

it('says that Neo4j is away, and where, without a host', async () => {
  const dark = await openGraphWorld({ url: 'bolt://127.0.0.1:1' });
  const { data, errors, text } = await dark.a.ask('{ topics { totalCount } keywords { totalCount } }');
  await dark.close();
  expect(data).toEqual({ topics: null, keywords: null });
  expect(errors).toEqual({ topics: 'STORE_UNAVAILABLE', keywords: 'STORE_UNAVAILABLE' });
  expect(text).not.toContain('127.0.0.1');
});

function topic(name: string, relevance: number) {
  return { name, relevance };
}

const ENTITY = (fields: string): string =>
  `query ($id: ID!) { _entities(representations: [{ __typename: "Content", id: $id }]) { ... on Content { ${fields} } } }`;
const ENTITIES = (fields: string): string =>
  `query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Content { ${fields} } } }`;

async function ask(slug: string, fields: string) {
  const answer = await world.a.ask(ENTITY(fields), { id: ids[slug] });
  return { ...answer, data: (answer.data as { _entities: unknown[] })._entities[0] };
}

function rounded(score: number): number {
  return Math.round(score * 1e6) / 1e6;
}
