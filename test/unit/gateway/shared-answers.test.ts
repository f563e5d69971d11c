import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SubgraphHost } from '#subgraphs/runtime/host';
import { type SmallGateway, startSmallGateway } from '../../kit/gateway.ts';

/** Holds every fetch of the relational subgraph until `release`. */
const gate = { held: [] as (() => void)[], closed: false };
const release = (): void => {
  gate.closed = false;
  for (const go of gate.held.splice(0)) go();
};

let gateway: SmallGateway;
beforeAll(async () => {
  gateway = await startSmallGateway({
    subgraphs: ({ relational, content }) => ({ relational: holding(relational), content }),
  });
});
afterAll(() => gateway?.stop());

function holding(host: SubgraphHost): SubgraphHost {
  return {
    ...host,
    async execute(...call) {
      if (gate.closed) await new Promise<void>((resolve) => gate.held.push(resolve));
      return host.execute(...call);
    },
  };
}

const VIEWER = '{ viewer { tenant id kind scopes } }';

async function ask(token: string, query = VIEWER, variables: object = {}) {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as { data: { viewer: Viewer; echo: string } };
}

type Viewer = Readonly<Record<'tenant' | 'id', string>> & { readonly scopes: readonly string[] };

const sharedOperations = async (): Promise<number> => {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  return Number(/polygraph_shared_total\{what="operation"\} (\d+)/.exec(text)?.[1] ?? 0);
};

test('GW-17 equal questions under way are shared by one principal, and across principals and tenants never', async () => {
  const [a, b] = [await gateway.as('VIEWER'), await gateway.as('VIEWER')];
  const owner = await gateway.as('OWNER', a.tenantId);
  const [known] = await Promise.all([a, b, owner].map(({ token }) => ask(token)));
  const before = await sharedOperations();
  gate.closed = true;
  const askers = [a, a, a, owner, owner, b];
  const answers = askers.map(({ token }) => ask(token));
  await expect.poll(() => gate.held).toHaveLength(3);
  await expect.poll(sharedOperations).toBe(before + 3);
  release();
  const seen = (await Promise.all(answers)).map(({ data }) => data.viewer);
  expect(seen[0]).toEqual(known?.data.viewer);
  expect(seen.map(({ tenant }) => tenant)).toEqual(askers.map(({ tenantId }) => tenantId));
  expect(new Set(seen.map(({ id }) => id)).size).toBe(3);
  expect(seen[3]?.scopes).not.toEqual(seen[0]?.scopes);
});

test('other variables are another question', async () => {
  const { token } = await gateway.as('VIEWER');
  const query = 'query($text: String!) { echo(text: $text) }';
  await ask(token, query, { text: 'known' });
  const texts = ['one', 'two', 'one"],["'];
  const answers = await Promise.all(texts.map((text) => ask(token, query, { text })));
  expect(answers.map(({ data }) => data.echo)).toEqual(texts);
});

test('a mutation is never shared, and who asks after it does not join what began before', async () => {
  const { token } = await gateway.as('EDITOR');
  const rename = 'mutation($id: ID!) { rename(id: $id, title: "x") { id } }';
  await Promise.all([ask(token), ask(token, rename, { id: '1' })]);
  gate.closed = true;
  const early = ask(token);
  await expect.poll(() => gate.held).toHaveLength(1);
  const writes = [ask(token, rename, { id: '1' }), ask(token, rename, { id: '1' })];
  await expect.poll(() => gate.held).toHaveLength(3);
  for (const go of gate.held.splice(1)) go();
  await Promise.all(writes);
  const late = ask(token);
  await expect.poll(() => gate.held).toHaveLength(2);
  release();
  expect(await early).toEqual(await late);
});

test('what shows rows of other tenants is asked for each time: their writes end nothing that is under way', async () => {
  const { token } = await gateway.as('VIEWER');
  const query = '{ ofOthers }';
  await ask(token, query);
  gate.closed = true;
  const answers = [1, 2, 3].map(() => ask(token, query));
  await expect.poll(() => gate.held).toHaveLength(3);
  release();
  expect(await Promise.all(answers)).toHaveLength(3);
});
