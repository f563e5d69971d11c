import { beforeAll, describe, expect, test } from 'vitest';
import { TIERS, type Tier } from '#tenancy/tiers';
import { type Population, populate } from '#test/kit/population';
import { createTenant, type TestTenant } from '#test/kit/tenants';
import { useWorld } from '#test/kit/world';

/** The same tenant four times, once in each tier. */
describe('the same operation in every tier', () => {
  const world = useWorld();
  const held = new Map<Tier, { readonly tenant: TestTenant; readonly population: Population }>();

  beforeAll(async () => {
    for (const tier of TIERS) {
      const tenant = await createTenant(world, tier);
      held.set(tier, { tenant, population: await populate(tenant) });
    }
  }, 120_000);

  const answersTo = async (query: string) => {
    const answers: [Tier, unknown][] = [];
    for (const [tier, { tenant, population }] of held) {
      const variables = { text: tenant.canary, id: population.contentIds[1] };
      const { data, errors } = await tenant.as('OWNER').query(query, variables);
      answers.push([tier, comparable({ data, errors }, tenant)]);
    }
    return answers;
  };

  test.each(
    Object.entries({
      lists: `{
      contents(orderBy: TITLE) { totalCount nodes { slug title status revision tags author { displayName name } } }
      users { totalCount nodes { email name } }
      tenant { slug name features status contentCount memberCount documentCount eventCount }
    }`,
      search: `query ($text: String!) {
      ofAll: searchContents(text: $text) { totalCount }
      ofOne: searchContents(text: "document 2") { totalCount edges { highlight node { title body } } }
    }`,
      'one document over all stores': `query ($id: ID!) {
      content(id: $id) { title body views topics { nodes { name contentCount } } similar { nodes { title } } }
    }`,
      'a change that is refused':
        'mutation ($id: ID!) { updateContent(id: $id, input: { title: "" }) { content { id } } }',
      'a document that is not there': '{ content(id: "00000000-0000-4000-8000-000000000000") { title } }',
    }),
  )('has the same answer: %s', async (_, query) => {
    const [[, first] = [], ...others] = await answersTo(query);
    expect(first).toBeDefined();
    for (const [tier, answer] of others) expect(answer, tier).toEqual(first);
  });

  test('changes and forgets documents alike', async () => {
    const UPDATE =
      'mutation ($id: ID!) { updateContent(id: $id, input: { title: "Changed" }) { content { title revision } } }';
    const DELETE = 'mutation ($id: ID!) { deleteContent(id: $id) { content { title } } }';
    for (const mutation of [UPDATE, DELETE]) {
      const [[, first] = [], ...others] = await answersTo(mutation);
      expect(first).toMatchObject({ errors: [] });
      for (const [tier, answer] of others) expect(answer, tier).toEqual(first);
    }
    for (const [, answer] of await answersTo('query ($id: ID!) { content(id: $id) { title } }')) {
      expect(answer).toEqual({ data: { content: null }, errors: [] });
    }
  });
});

/** Without what must differ: the tenant's own words, which its texts hold, and ids. */
function comparable(answer: unknown, { canary }: TestTenant): unknown {
  const text = JSON.stringify(answer)
    .replaceAll(canary, '<canary>')
    .replaceAll(SECRET, '<secret>')
    .replaceAll(UUID, '<id>');
  return JSON.parse(text) as unknown;
}

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const SECRET = /secret[0-9a-f]{32}/g;
