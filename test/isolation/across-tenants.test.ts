import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Tier } from '#tenancy/tiers';
import type { Answer } from '#test/kit/client';
import { type Population, populate, untilFresh } from '#test/kit/population';
import { createTenant, type TestTenant } from '#test/kit/tenants';
import { useWorld } from '#test/kit/world';

const PAIRS: readonly (readonly [Tier, Tier])[] = [
  ['STANDARD', 'STANDARD'],
  ['PREMIUM', 'PREMIUM'],
  ['ENTERPRISE', 'STANDARD'],
  ['PREMIUM', 'ENTERPRISE'],
];

describe.each(PAIRS)('a %s tenant that knows every id of a %s one', (ofAttacker, ofVictim) => {
  const world = useWorld();
  let attacker: TestTenant;
  let victim: TestTenant;
  let theirs: Population;

  beforeAll(async () => {
    [attacker, victim] = await Promise.all([createTenant(world, ofAttacker), createTenant(world, ofVictim)]);
    await populate(attacker, 2);
    theirs = await populate(victim);
  });

  const id = () => theirs.contentIds[1] ?? '';

  test.each([
    ['content', 'query ($id: ID!) { content(id: $id) { id title body topics { nodes { name } } } }', () => id()],
    ['user', 'query ($id: ID!) { user(id: $id) { id name email } }', () => victim.userIds.OWNER],
    ['topic', 'query ($id: ID!) { topic(id: $id) { id name contents { nodes { title } } } }', () => theirs.topicIds[0]],
    ['keyword', 'query ($id: ID!) { keyword(id: $id) { id name contentCount } }', () => theirs.keywordIds[0]],
    [
      'competitor',
      'query ($id: ID!) { competitor(id: $id) { id gaps { nearContents topic { name } } } }',
      () => theirs.ideaIds[3],
    ],
    [
      'shortestPath',
      'query ($id: ID!) { shortestPath(from: $id, to: $id) { steps { id name } } }',
      () => theirs.topicIds[0],
    ],
    ['contentBySlug', 'query ($id: String!) { contentBySlug(slug: $id) { id } }', () => `${victim.canary}-document-1`],
  ])('finds nothing by %s, just as with an id that never was', async (field, query, known) => {
    const foreign = await attacker.as('OWNER').query(query, { id: known() });
    const random = await attacker.as('OWNER').query(query, { id: randomUUID() });
    expect(foreign.data).toEqual({ [field]: null });
    expect({ data: foreign.data, errors: foreign.errors }).toEqual({ data: random.data, errors: random.errors });
    expect(foreign.text).not.toContain(victim.canary);
  });

  test('sees and counts only its own in every list', async () => {
    const answer = await attacker.as('OWNER').query(LISTS, { text: victim.canary, ...SPAN });
    expect(answer.errors).toEqual([]);
    // The search word itself comes back nowhere: nothing of the answer may hold it.
    expect(answer.text).not.toContain(victim.canary);
    expect(answer.data).toMatchObject({
      contents: { totalCount: 2 },
      users: { totalCount: 3 },
      searchContents: { totalCount: 0, edges: [] },
      eventSeries: { total: 2 },
      funnel: { steps: [{ people: 1 }, { people: 1 }] },
      modelUsage: [{ model: attacker.canary, calls: 2, costMicros: 14 }],
      tenant: { contentCount: 2, memberCount: 3, documentCount: 2, eventCount: 2 },
    });
  });

  test.each([
    ['updateContent', 'mutation ($id: ID!) { updateContent(id: $id, input: { title: "mine" }) { content { id } } }'],
    ['publishContent', 'mutation ($id: ID!) { publishContent(id: $id) { content { id } } }'],
    ['deleteContent', 'mutation ($id: ID!) { deleteContent(id: $id) { content { id } } }'],
    ['restoreContent', 'mutation ($id: ID!) { restoreContent(id: $id) { content { id } } }'],
    ['linkTopic', 'mutation ($id: ID!) { linkTopic(contentId: $id, topic: { name: "mine" }) { content { id } } }'],
    [
      'recordEvent',
      'mutation ($id: ID!) { recordEvent(input: { kind: VIEW, contentId: $id, idempotencyKey: "across-tenants" }) { recorded } }',
    ],
    ['restoreVersion', 'mutation ($id: ID!) { restoreVersion(contentId: $id, number: 1) { position } }'],
    [
      'recordModelUsage',
      'mutation ($id: ID!) { recordModelUsage(input: { model: "m", tokensIn: 1, tokensOut: 1, costMicros: 1, contentId: $id, idempotencyKey: "across-tenants" }) { recorded } }',
    ],
    [
      'recordOptimization',
      'mutation ($id: ID!) { recordOptimization(input: { model: "m", aspect: TITLE, suggestion: "mine", scoreAfter: 1, contentId: $id, idempotencyKey: "across-tenants" }) { recorded } }',
    ],
    [
      'acceptOptimization',
      'mutation ($id: ID!) { acceptOptimization(id: $id) { optimization { suggestion } } }',
      () => theirs.optimizationIds[1],
    ],
    [
      'rejectOptimization',
      'mutation ($id: ID!) { rejectOptimization(id: $id) { optimization { suggestion } } }',
      () => theirs.optimizationIds[1],
    ],
  ])('changes nothing by %s, just as with an id that never was', async (_field, mutation, known = id) => {
    const before = await stateOf(victim, id());
    const foreign = await attacker.as('OWNER').query(mutation, { id: known() });
    const random = await attacker.as('OWNER').query(mutation, { id: randomUUID() });
    expect(foreign.errors.map(({ extensions }) => extensions.code)).toEqual(['NOT_FOUND']);
    expect(shapeOf(foreign)).toEqual(shapeOf(random));
    await untilFresh(attacker);
    expect(await stateOf(victim, id())).toEqual(before);
  });

  test('reads nothing with the other tenant’s cursors', async () => {
    for (const after of theirs.cursors) {
      const { text } = await attacker.as('OWNER').query(PAGES, { after });
      expect(text).not.toContain(victim.canary);
      for (const foreign of [...theirs.contentIds, ...theirs.topicIds]) expect(text).not.toContain(foreign);
    }
  });

  test('gains nothing by naming the other tenant in headers', async () => {
    const forged = { 'x-tenant-id': victim.id, 'x-tenant': victim.id, 'polygraph-tenant': victim.id };
    const response = await fetch(`${world.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...forged },
      body: JSON.stringify({ query: '{ contents { totalCount } }' }),
    });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });

  test('may use a slug, an event key and a topic name that the other uses too', async () => {
    const input = {
      title: 'Taken there',
      slug: `${victim.canary}-document-1`,
      body: 'x',
      topics: [{ name: 'shared topic' }],
    };
    const { data, errors } = await attacker.as('OWNER').query(CREATE, { input });
    expect(errors).toEqual([]);
    expect(data).toMatchObject({ createContent: { content: { slug: input.slug } } });
  });
});

async function stateOf(tenant: TestTenant, id: string): Promise<unknown> {
  const { data } = await tenant
    .as('OWNER')
    .query(
      'query ($id: ID!, $from: DateTime!, $to: DateTime!) { content(id: $id) { title status revision deletedAt views topics { nodes { name } } versions { number } optimizations { id status decidedAt } } modelUsage(from: $from, to: $to, by: MODEL) { calls } events { nodes { id } } }',
      { id, ...SPAN },
    );
  return data;
}

/** What an error tells apart from ids that the attacker sent itself. */
const shapeOf = ({ status, data, errors }: Answer) => ({
  status,
  data,
  errors: errors.map(({ message, extensions }) => ({
    message: message.replace(/[0-9a-f-]{36}/g, '<id>'),
    ...extensions,
  })),
});

const CREATE = 'mutation ($input: CreateContentInput!) { createContent(input: $input) { content { id slug } } }';
const SPAN = {
  from: new Date(Date.now() - 86_400_000).toISOString(),
  to: new Date(Date.now() + 86_400_000).toISOString(),
};
const LISTS = `query ($text: String!, $from: DateTime!, $to: DateTime!) {
  contents { totalCount nodes { title } }
  byTag: contents(filter: { titleContains: $text }) { totalCount }
  users { totalCount nodes { email } }
  searchContents(text: $text) { totalCount edges { highlight } }
  tenant { contentCount memberCount documentCount eventCount freshness { pending } }
  events { nodes { properties } }
  topContents { views content { title } }
  eventSeries(from: $from, to: $to) { total }
  funnel(steps: [{ kind: VIEW }, { kind: VIEW }], from: $from, to: $to) { steps { people } }
  modelUsage(from: $from, to: $to, by: MODEL) { model calls costMicros }
  competitors { nodes { name gaps { topic { name } } } }
  topics { nodes { name contentCount } }
  keywords { nodes { name contentCount } }
}`;
const PAGES = `query ($after: String) {
  a: contents(after: $after) { nodes { id title } }
  b: topics(after: $after) { nodes { id name } }
  c: keywords(after: $after) { nodes { id name } }
  d: events(after: $after) { nodes { id properties } }
  e: users(after: $after) { nodes { id email } }
}`;
