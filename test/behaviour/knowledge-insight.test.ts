import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GraphWorld, migratedGraphWorld } from '../kit/neo4j.ts';

let world: GraphWorld;
let ids: Record<string, string>;
const topic = (name: string, relevance: number) => ({ name, relevance });

beforeAll(async () => {
  world = await migratedGraphWorld();
  ids = await world.a.save(
    {
      slug: 'one',
      topics: [topic('Graphs', 0.9), topic('Tests', 0.4)],
      keywords: ['cypher', 'index'],
      dependencies: ['two'],
    },
    {
      slug: 'two',
      topics: [topic('Graphs', 0.8), topic('Queries', 0.6)],
      keywords: ['cypher'],
      audiences: ['Engineers'],
    },
    { slug: 'three', topics: [topic('Tests', 0.5), topic('Queries', 0.5)], concepts: ['Index'] },
    { slug: 'lone', topics: [topic('Music', 1)] },
  );
  await world.b.save({ slug: 'one', topics: [topic('Full text index', 1), topic('Graphs', 1)], keywords: ['cypher'] });
  await cover(world.a, 'Rival', ['Graphs', 'Full text index', 'Opera', 'Cypher of graphs']);
  await cover(world.a, 'Other rival', ['Opera']);
});
afterAll(() => world.close());

const cover = async (tenant: GraphWorld['a'], competitor: string, topics: string[]) => {
  const mutation =
    'mutation ($c: String!, $t: [String!]!) { coverTopics(competitor: $c, topics: $t) { competitor { id } } }';
  const { data } = await tenant.ask(mutation, { c: competitor, t: topics });
  return (data as { coverTopics: { competitor: { id: string } } }).coverTopics.competitor.id;
};
const documents = async (some: readonly (string | undefined)[], fields: string, tenant = world.a) => {
  const representations = some.map((id) => ({ __typename: 'Content', id }));
  const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Content { ${fields} } } }`;
  const { data, errors, statements } = await tenant.ask(query, { r: representations });
  return { found: (data as { _entities: Record<string, unknown>[] })._entities, errors, statements };
};
const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;

describe('similar documents', () => {
  it('say what they share and how much of the score each of it is', async () => {
    const { found } = await documents(
      [ids.one],
      'similar(first: 1) { score reasons { share name topic { slug } keyword { id } } }',
    );
    const [similar] = found as { similar: { score: number; reasons: { share: number }[] }[] }[];
    const { score, reasons } = similar?.similar[0] ?? { score: 0, reasons: [] };
    const norms = Math.hypot(0.9, 0.4, 1, 1) * Math.hypot(0.8, 0.6, 1);
    expect(reasons).toEqual([
      { share: rounded(1 / norms), name: 'cypher', topic: null, keyword: { id: expect.any(String) } },
      { share: rounded((0.9 * 0.8) / norms), name: 'Graphs', topic: { slug: 'graphs' }, keyword: null },
    ]);
    expect(reasons.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(score, 5);
  });

  it('give their reasons in one statement, however many pairs there are', async () => {
    const fields = 'similar(first: 3) { reasons(first: 1) { name } }';
    const [one, all] = [await documents([ids.one], fields), await documents(Object.values(ids), fields)];
    expect([one.errors, all.errors]).toEqual([{}, {}]);
    expect(all.statements).toBe(one.statements);
  });
});

describe('topics', () => {
  it('of the most similar documents are suggested where they are missing', async () => {
    const { found } = await documents([ids.one, ids.lone], 'topicSuggestions { score contents topic { name } }');
    const withTwo = (0.9 * 0.8 + 1) / (Math.hypot(0.9, 0.4, 1, 1) * Math.hypot(0.8, 0.6, 1));
    const withThree = (0.4 * 0.5) / (Math.hypot(0.9, 0.4, 1, 1) * Math.hypot(0.5, 0.5));
    const score = rounded(withTwo * 0.6 + withThree * 0.5);
    expect(found).toEqual([
      { topicSuggestions: [{ score, contents: 2, topic: { name: 'Queries' } }] },
      { topicSuggestions: [] },
    ]);
  });

  it('that a competitor covers and we do not are its gaps, nearest to our documents first', async () => {
    const query = '{ competitors { nodes { name gaps { nearContents competitors topic { name contentCount } } } } }';
    const { data, statements } = await world.a.ask(query);
    const gap = (name: string, nearContents: number, competitors: number) => ({
      ...{ nearContents, competitors, topic: { name, contentCount: 0 } },
    });
    // "index" is a keyword of one and a concept of three; "cypher" a keyword, "graphs" a topic of one and two.
    expect(data).toEqual({
      competitors: {
        nodes: [
          { name: 'Other rival', gaps: [gap('Opera', 0, 2)] },
          { name: 'Rival', gaps: [gap('Cypher of graphs', 2, 1), gap('Full text index', 2, 1), gap('Opera', 0, 2)] },
        ],
      },
    });
    expect(statements).toBe(4);
  });
});

describe('the shortest path', () => {
  const PATH =
    'query ($from: ID!, $to: ID!) { shortestPath(from: $from, to: $to) { length steps { kind id name content { id } } } }';
  const path = async (from: string | undefined, to: string | undefined, tenant = world.a) => {
    const { data, errors, statements } = await tenant.ask(PATH, { from, to });
    const found = (data as { shortestPath: { length: number; steps: { kind: string; name: string }[] } | null })
      .shortestPath;
    return { length: found?.length, names: found?.steps.map(({ name }) => name), found, errors, statements };
  };
  const idOf = async (entity: string, name: string, tenant = world.a) => {
    const [row] = await tenant.neo4j.read<{ id: string }>(
      `MATCH (n:${entity} {tenantId: $tenantId, name: $name}) RETURN n.id AS id`,
      { name },
    );
    return row?.id;
  };

  it('leads through what hangs together, and names each step', async () => {
    const { found, statements } = await path(await idOf('Topic', 'Tests'), await idOf('Audience', 'Engineers'));
    expect(found).toMatchObject({
      length: 3,
      steps: [
        { kind: 'TOPIC', name: 'Tests', content: null },
        { kind: 'CONTENT', name: 'Title of one', content: { id: ids.one } },
        { kind: 'CONTENT', id: ids.two },
        { kind: 'AUDIENCE', name: 'Engineers' },
      ],
    });
    expect(statements).toBeLessThanOrEqual(5);
  });

  it.each([
    ['one', 'one', 0],
    ['one', 'two', 1],
    ['one', 'three', 2],
  ])('from %s to %s has %i relations, both ways', async (from, to, length) => {
    expect([(await path(ids[from], ids[to])).length, (await path(ids[to], ids[from])).length]).toEqual([
      length,
      length,
    ]);
  });

  it('goes no further than four relations, and nowhere where nothing hangs together', async () => {
    const far = await world.a.save(
      ...[1, 2, 3, 4].map((at) => ({
        slug: `chain-${at}`,
        topics: [topic(`Link ${at}`, 1), topic(`Link ${at + 1}`, 1)],
      })),
    );
    expect((await path(far['chain-1'], far['chain-3'])).length).toBe(4);
    expect((await path(far['chain-1'], await idOf('Topic', 'Link 4'))).found).toBeNull();
    expect((await path(ids.one, ids.lone)).found).toBeNull();
    expect((await path(ids.one, 'nobody')).found).toBeNull();
  });

  it('does not lead through a deleted document', async () => {
    const { a, gone, b } = await world.a.save(
      { slug: 'a', topics: [topic('Left', 1)] },
      { slug: 'gone', topics: [topic('Left', 1), topic('Right', 1)] },
      { slug: 'b', topics: [topic('Right', 1)] },
    );
    expect((await path(a, b)).length).toBe(4);
    await world.a.neo4j.write('MATCH (c:Content {tenantId: $tenantId, id: $id}) SET c.deleted = true', { id: gone });
    expect((await path(a, b)).found).toBeNull();
  });

  it('leads to nothing of another tenant, not even over a relationship between the two', async () => {
    const [ofB] = Object.values(await world.b.save({ slug: 'victim', topics: [topic('Canary of B', 1)] }));
    await world.neo4j
      .dangerouslyAsSystem('plant a relationship across tenants')
      .run('MATCH (a:Content {id: $a}), (b:Content {id: $b}) MERGE (a)-[:DEPENDS_ON]->(b)', { a: ids.one, b: ofB });
    expect((await path(ids.one, ofB)).found).toBeNull();
    expect((await path(ids.one, await idOf('Topic', 'Canary of B', world.b))).found).toBeNull();
    const { found } = await documents(
      [ids.one],
      'similar(first: 100) { reasons { name } } topicSuggestions(first: 100) { topic { name } }',
    );
    expect(JSON.stringify(found)).not.toContain('Canary');
    expect((await documents([ids.one], 'topicSuggestions { score }', world.b)).found).toEqual([null]);
  });
});

it.each([
  ['similar { reasons(first: 21) { name } }', 'similar.0.reasons'],
  ['topicSuggestions(first: 101) { score }', 'topicSuggestions'],
])('%s is refused', async (field, place) => {
  const { errors } = await documents([ids.one], field);
  expect(errors[`_entities.0.${place}`]).toBe('LIMIT_EXCEEDED');
});
