import { readFileSync } from 'node:fs';
import { Neo4jGraphQL } from '@neo4j/graphql';
import { Kind, parse, type SelectionNode } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StatementRefused } from '#stores/neo4j/guard';
import { createEngine, generateEngine } from '#subgraphs/knowledge/engine';
import { dangerouslyMintTenantContext, type TenantContext } from '#tenancy/context';
import { contextOf, type GraphWorld, migratedGraphWorld } from '../kit/neo4j.ts';

/**
 * Tenant A attacks B, whose every value holds a canary. The cases are NJ-01 to
 * NJ-11 of the attack catalogue. To see more than one wall, relationships
 * between A and B are planted as the system: our own writes cannot make them.
 */
const CANARY = 'canary-of-b';
let world: GraphWorld;
let ofA: string;
let ofB: string;
let topicOfB: string;

beforeAll(async () => {
  world = await migratedGraphWorld();
  ofA = (await world.a.save({ slug: 'shared', topics: [topic('Common', 0.5)], keywords: ['common'] })).shared ?? '';
  const victim = { slug: 'shared', title: CANARY, dependencies: [CANARY], keywords: ['common', CANARY] };
  ofB = (await world.b.save({ ...victim, topics: [topic('Common', 0.5), topic(CANARY, 1)] })).shared ?? '';
  await world.b.ask(`mutation { coverTopics(competitor: "${CANARY}", topics: ["Common"]) { competitor { id } } }`);
  const [found] = await world.b.neo4j.read<{ id: string }>(
    'MATCH (t:Topic {tenantId: $tenantId, name: $name}) RETURN t.id AS id',
    { name: CANARY },
  );
  topicOfB = found?.id ?? '';
});
afterAll(() => world.close());

/** All that the contract lets anybody read. */
const EVERYTHING = `
  topics(first: 100) { totalCount nodes { ...topic related(first: 100) { topic { ...topic } } } }
  keywords(first: 100) { totalCount nodes { id name contentCount contents { totalCount nodes { id } } } }
  concepts { totalCount nodes { id name } } audiences { totalCount nodes { id name } }
  competitors { totalCount nodes { id name topics { totalCount nodes { ...topic } } } }`;
const CONTENT = `id topics { totalCount edges { relevance node { ...topic } } } keywords { totalCount nodes { name } }
  concepts { totalCount } audiences { totalCount } dependsOn { totalCount nodes { id } } dependedOnBy { totalCount nodes { id } }
  similar(first: 100) { score content { id topics { nodes { name } } } }`;
const TOPIC = `fragment topic on Topic { id name slug contentCount contents { totalCount nodes { id } } competitors { totalCount nodes { name } } }`;

const readAll = (id: string) =>
  world.a.ask(
    `query ($id: ID!) { ${EVERYTHING} _entities(representations: [{ __typename: "Content", id: $id }]) { ... on Content { ${CONTENT} } } } ${TOPIC}`,
    { id },
  );

async function plant(): Promise<void> {
  await world.neo4j.dangerouslyAsSystem('plant relationships across tenants').run(
    `MATCH (a:Content {id: $ofA}), (b:Content {id: $ofB}), (t:Topic {tenantId: $a}), (s:Topic {tenantId: $b})
     MERGE (a)-[:HAS_TOPIC {relevance: 0.77}]->(s) MERGE (b)-[:HAS_TOPIC {relevance: 0.77}]->(t)
     MERGE (a)-[:DEPENDS_ON]->(b) MERGE (b)-[:DEPENDS_ON]->(a)
     WITH a, b MATCH (k:Keyword {tenantId: $b}), (c:Competitor {tenantId: $b}), (t:Topic {tenantId: $a})
     MERGE (a)-[:HAS_KEYWORD {weight: 0.77}]->(k) MERGE (c)-[:COVERS]->(t)`,
    { ofA, ofB, a: world.a.id, b: world.b.id },
  );
}

describe('reads', () => {
  it('NJ-02 NJ-04 NJ-05 show nothing of B through any field, and relationships across tenants change no answer', async () => {
    const before = await readAll(ofA);
    await plant();
    const after = await readAll(ofA);
    expect(before.errors).toEqual({});
    expect(after.data).toEqual(before.data);
    for (const secret of [CANARY, ofB, topicOfB, '0.77']) expect(after.text).not.toContain(secret);
    expect(after.text).toContain('Common');
  });

  it('answer for ids of B as for ids of nobody', async () => {
    const answers = await Promise.all(
      [ofB, 'nobody'].map((id) =>
        world.a.ask('query ($id: ID!) { topic(id: $id) { id } keyword(id: $id) { id } }', { id }),
      ),
    );
    expect(answers[0]?.text).toBe(answers[1]?.text);
    const entities = `query ($r: [_Any!]!) { _entities(representations: $r) { __typename ... on Topic { name } ... on Content { similar { score } } ... on Tenant { topicCount } } }`;
    const r = [
      { __typename: 'Content', id: ofB },
      { __typename: 'Topic', id: topicOfB },
      { __typename: 'Tenant', id: world.b.id },
    ];
    expect((await world.a.ask(entities, { r })).data).toEqual({ _entities: [null, null, null] });
  });

  it.each([{ id: { contains: '' } }, { id: '' }, { id: null }, { id: ['x'] }, {}, { id: { __proto__: 1 } }])(
    'take no filter in place of an id: %j',
    async (key) => {
      const query = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Topic { name } } }';
      const { data } = await world.a.ask(query, { r: [{ __typename: 'Topic', ...key }] });
      expect(data).toEqual({ _entities: [null] });
    },
  );

  it('NJ-04: have no filters, aggregates or counts beyond the contract to probe with', async () => {
    for (const field of [
      'topics(where: { name: { eq: "x" } }) { totalCount }',
      'topicsConnection { totalCount }',
      'topicsAggregate { count }',
      'contents { tenantId }',
      'topics { nodes { tenantId } }',
      'topics { aggregate { count { nodes } } }',
    ]) {
      expect((await world.a.ask(`{ ${field} }`)).text).toContain('BAD_USER_INPUT');
    }
  });

  it('of both tenants at once never mix', async () => {
    const query = '{ topics(first: 100) { nodes { name } } }';
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) => (index % 2 ? world.a : world.b).ask(query)),
    );
    expect(answers.map(({ text }) => text.includes(CANARY))).toEqual(answers.map((_, index) => index % 2 === 0));
  });
});

describe('writes', () => {
  it('NJ-03: find no document of B, and leave its graph as it was', async () => {
    const before = await stateOfB();
    const input = `contentId: "${ofB}"`;
    const { errors, text } = await world.a.ask(`mutation {
      linkTopic(${input}, topic: { name: "Mine" }) { relevance }
      unlinkTopic(${input}, topicId: "${topicOfB}") { unlinked }
      coverTopics(competitor: "${CANARY}", topics: ["${CANARY}"]) { competitor { id } } }`);
    expect(errors).toEqual({ linkTopic: 'NOT_FOUND', unlinkTopic: 'NOT_FOUND' });
    expect(text).not.toContain(topicOfB);
    expect(await stateOfB()).toEqual(before);
  });

  it('NJ-03: name the same things apart in each tenant, and never join them', async () => {
    const crossing = await world.neo4j
      .dangerouslyAsSystem('look for relationships across tenants that nobody planted')
      .run<{ n: number }>(
        `MATCH (x)-[r]->(y) WHERE x.tenantId IN $ids AND x.tenantId <> y.tenantId
         AND coalesce(r.relevance, r.weight, 0.77) <> 0.77 RETURN count(r) AS n`,
        { ids: [world.a.id, world.b.id] },
      );
    expect(crossing).toEqual([{ n: 0 }]);
  });

  it('by the same id in two tenants make two documents', async () => {
    await world.a.save({ slug: 'twin', contentId: ofB, title: 'of A' });
    const titles = await Promise.all(
      [world.a, world.b].map(({ neo4j }) =>
        neo4j.read('MATCH (c:Content {tenantId: $tenantId, id: $id}) RETURN c.title AS title', { id: ofB }),
      ),
    );
    expect(titles).toEqual([[{ title: 'of A' }], [{ title: CANARY }]]);
  });

  const stateOfB = () =>
    world.b.neo4j.read(
      `MATCH (n {tenantId: $tenantId}) OPTIONAL MATCH (n)-[r]-(m {tenantId: $tenantId})
       RETURN n.id AS id, n.name AS name, count(r) AS links ORDER BY id, name`,
    );
});

describe('injection', () => {
  it.each([
    '"}) MATCH (n) RETURN n //',
    '\\u0022}) DETACH DELETE n //',
    "x' OR 1=1",
    '`) MATCH (m) RETURN m//',
    '$tenantId',
    '{name: 1}',
  ])('NJ-01: stays data in every argument: %s', async (text) => {
    const link =
      'mutation ($id: ID!, $x: String!) { linkTopic(contentId: $id, topic: { name: $x }) { topic { name } } }';
    expect((await world.a.ask(link, { id: ofA, x: text })).data).toEqual({ linkTopic: { topic: { name: text } } });
    const read = 'query ($x: ID!, $s: String!) { topic(id: $x) { id } topicBySlug(slug: $s) { id } }';
    expect((await world.a.ask(read, { x: text, s: text })).data).toEqual({ topic: null, topicBySlug: null });
  });

  it.each([
    'CALL db.labels() YIELD label RETURN label',
    'CALL dbms.listConfig() YIELD name RETURN name',
    'CALL apoc.help($x) YIELD name RETURN name',
    "LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line",
    'SHOW DATABASES',
    'USE system SHOW USERS',
    'MATCH (n) RETURN n',
    'MATCH (a {tenantId: $tenantId})-[*1..4]-(b {tenantId: $tenantId}) RETURN b',
    'MATCH (a {tenantId: $tenantId}) SET a.tenantId = $x RETURN a',
  ])('NJ-11 NJ-02 a handle does not send %s', async (statement) => {
    await expect(world.a.neo4j.read(statement, { x: 'x' })).rejects.toThrow(StatementRefused);
    await expect(world.a.neo4j.write(statement, { x: 'x' })).rejects.toThrow(StatementRefused);
    await expect(world.a.neo4j.readGenerated(statement, {})).rejects.toThrow(StatementRefused);
  });

  it.each([{ tenantId: 'b' }, { jwt: { tenantId: 'b' } }])(
    'no parameter names another tenant: %j',
    async (parameters) => {
      await expect(world.a.neo4j.read('RETURN 1 AS one', parameters)).rejects.toThrow(StatementRefused);
    },
  );
});

describe('who asks', () => {
  it.each([[['x']], [{ a: 1 }], [null], [undefined], [''], ['B'], [`${'0'.repeat(8)}`]])(
    'NJ-10: a context cannot be made for the tenant %j',
    (tenantId) => {
      const facts = { ...contextOf(world.a.id, 'EDITOR'), tenantId: tenantId as string };
      expect(() => dangerouslyMintTenantContext(facts)).toThrow(TypeError);
    },
  );

  it('NJ-08: nobody without an assertion', async () => {
    const answer = await world.host.execute(JSON.stringify({ query: '{ topics { totalCount } }' }), undefined, 'test');
    expect(answer.errors?.map(({ extensions }) => extensions.code)).toEqual(['ASSERTION_MISSING']);
    expect(answer.data).toBeUndefined();
  });

  it('NJ-10: a context that nobody verified gets no handle', () => {
    const forged = { ...contextOf(world.a.id, 'EDITOR'), tenantId: world.b.id } as TenantContext;
    expect(() => world.neo4j.forTenant(forged)).toThrow(TypeError);
  });
});

describe('the generated schema, which is never served', () => {
  it('is stopped by the guard where a type has lost its filter', async () => {
    const typeDefs = readFileSync('subgraphs/knowledge/types.graphql', 'utf8');
    const unfiltered = typeDefs.replaceAll(/@authorization\(filter: .*\)/g, '');
    const engine = createEngine(await new Neo4jGraphQL({ typeDefs: unfiltered }).getSchema());
    for (const field of [
      '{ topics { name } }',
      '{ topicsConnection { totalCount } }',
      '{ contents { topics { name } } }',
    ]) {
      await expect(engine(world.a.neo4j, selectionsOf(field))).rejects.toThrow(StatementRefused);
    }
    const filtered = createEngine(await generateEngine());
    await expect(filtered(world.a.neo4j, selectionsOf('{ topics { name } }'))).resolves.toHaveProperty('topics');
  });

  it('NJ-03: has no mutations and no subscriptions', async () => {
    const engine = await generateEngine();
    expect([engine.getMutationType(), engine.getSubscriptionType()]).toEqual([undefined, undefined]);
  });
});

function selectionsOf(query: string): readonly SelectionNode[] {
  const [operation] = parse(query).definitions;
  return operation?.kind === Kind.OPERATION_DEFINITION ? operation.selectionSet.selections : [];
}

function topic(name: string, relevance: number) {
  return { name, relevance };
}
