import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeMetrics } from '#stores/postgres/maintenance/metrics';
import { openPostgresWorld, type PostgresTenant, type PostgresWorld } from '#test/kit/postgres';
import { createRelationalClient } from '#test/kit/relational';
import { TEST_SECRETS } from '#test/kit/secrets';

let world: PostgresWorld;
beforeAll(async () => {
  world = await openPostgresWorld();
});
afterAll(() => world.close());

const CREATE = 'mutation ($input: ItemInput!) { createItem(input: $input) { id title description owner { name } } }';

describe.each(['STANDARD', 'PREMIUM', 'ENTERPRISE'] as const)('items of a %s tenant', (tier) => {
  let tenant: PostgresTenant;
  const ask = (query: string, variables = {}) => createRelationalClient(world, tenant).ask(query, variables);
  beforeAll(async () => {
    tenant = await world.tenant(`itemised-${tier.toLowerCase()}`, tier);
  });

  it('are made, changed, found and forgotten', async () => {
    const description = '<p onclick="x()">Copper <a href="javascript:x">wire</a><script>x</script></p>';
    const made = (await ask(CREATE, { input: { title: 'A reel', description } })).data.createItem;
    expect(made).toMatchObject({
      description: '<p>Copper <a rel="noopener noreferrer nofollow">wire</a></p>',
      owner: { name: expect.stringMatching(/^Owner/) },
    });
    await ask(CREATE, { input: { title: 'Copper wire, a book' } });
    const found = (await ask('{ searchItems(text: "copper wire") { score highlight item { title } } }')).data
      .searchItems;
    expect(found.map(({ item }) => item.title)).toEqual(['Copper wire, a book', 'A reel']);
    expect(found[1]?.highlight).toContain('«wire»');
    await ask('mutation ($id: ID!) { deleteItem(id: $id) { id } }', { id: made.id });
    expect((await ask('{ items { totalCount nodes { title } } }')).data.items.totalCount).toBe(1);
    expect((await ask('query ($id: ID!) { item(id: $id) { id } }', { id: made.id })).data.item).toBeNull();
  });

  it('belong to members only', async () => {
    const { errors } = await ask(CREATE, { input: { title: 'Mine', ownerId: world.b.userId } });
    expect(errors?.[0]).toMatchObject({
      message: '`ownerId` is no member of the tenant.',
      extensions: { code: 'BAD_USER_INPUT' },
    });
    expect((await ask(CREATE, { input: { title: '' } })).errors?.[0]?.message).toMatch(/at least 1/);
  });

  it('leave a history of what made a document better, one statement for a list', async () => {
    const { data } = await ask('mutation { createContent(input: { title: "Old", body: "" }) { content { id } } }');
    const record =
      'mutation ($input: ContentOptimizationInput!) { recordContentOptimization(input: $input) { revision } }';
    const contentId = data.createContent.content.id;
    for (const note of ['first', 'second']) {
      await ask(record, { input: { contentId, aspect: 'TITLE', note, scoreBefore: 10, scoreAfter: 20 } });
    }
    const read = '{ contents { nodes { optimizationHistory(first: 1) { note revision scoreAfter } } } }';
    const { data: list, counts } = await ask(read);
    expect(list.contents.nodes[0]?.optimizationHistory).toEqual([{ note: 'second', revision: 1, scoreAfter: 20 }]);
    expect(counts.postgres).toBe(2);
    const { errors } = await ask(record, { input: { contentId: randomUUID(), aspect: 'TITLE', note: 'x' } });
    expect(errors?.[0]?.extensions.code).toBe('NOT_FOUND');
  });

  it('are counted once a day, with people, documents and changes', async () => {
    const access = { url: world.url, secrets: TEST_SECRETS };
    await takeMetrics(access);
    await takeMetrics(access);
    const { data } = await ask(
      '{ tenant { metrics { date userCount contentCount itemCount auditCount activeUsers } } }',
    );
    const today = new Date().toISOString().slice(0, 10);
    expect(data.tenant.metrics).toEqual([
      { date: today, userCount: 1, contentCount: 1, itemCount: 1, auditCount: expect.any(Number), activeUsers: 1 },
    ]);
    expect(data.tenant.metrics[0]?.auditCount).toBeGreaterThan(5);
  });
});
