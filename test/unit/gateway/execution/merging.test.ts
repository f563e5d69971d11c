import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Federation, openFederation, supergraphOf } from '../../../kit/federation.ts';
import { nulls } from './worlds/nulls.ts';
import { shop } from './worlds/shop.ts';

let federation: Federation;
beforeAll(async () => {
  federation = await openFederation(shop, supergraphOf(shop), { executor: 'compiled' });
});
afterAll(() => federation.close());

/** The requests to one subgraph that the operation took. */
async function requestsTo(subgraph: string, query: string, variables?: Record<string, unknown>) {
  const { errors, fetches } = await federation.run(query, variables);
  expect(errors).toEqual([]);
  const own = fetches.filter((fetch) => fetch.startsWith(`${subgraph}: `));
  return own.map((fetch) => JSON.parse(fetch.slice(subgraph.length + 2)) as { query: string; variables: unknown });
}

test('the same fields of entities at two places are asked for once', async () => {
  const [request, ...more] = await requestsTo('products', '{ me { favourite { name } reviews { product { name } } } }');
  expect(more).toEqual([]);
  expect(request?.variables).toEqual({
    representations: [
      { __typename: 'Product', upc: '2' },
      { __typename: 'Product', upc: '1' },
    ],
  });
});

test('different fields of entities at two places are asked for in one request', async () => {
  const [request, ...more] = await requestsTo('products', '{ me { favourite { price } reviews { product { sku } } } }');
  expect(more).toEqual([]);
  expect(request?.query).toMatch(/e0: ?_entities.*e1: ?_entities/s);
  expect(request?.variables).toEqual({
    representations0: [{ __typename: 'Product', upc: '2' }],
    representations1: [
      { __typename: 'Product', upc: '1' },
      { __typename: 'Product', upc: '2' },
    ],
  });
});

test('a list with one entity many times asks for it once', async () => {
  const [request, ...more] = await requestsTo('accounts', '{ latest(first: 4) { author { name } } }');
  expect(more).toEqual([]);
  expect(request?.variables).toEqual({
    representations: [
      { __typename: 'User', id: 'u1' },
      { __typename: 'User', id: 'u2' },
    ],
  });
});

test('variables of the client go along with a merged request', async () => {
  const query = `query($a: Int, $b: Int) {
    a: products(first: 1) { reviews(first: $a) { id } } b: cheapest { reviews(first: $b) { body } }
  }`;
  const [request] = await requestsTo('reviews', query, { a: 1, b: 2 });
  expect(request?.variables).toMatchObject({ a: 1, b: 2, representations0: [{}], representations1: [{}] });
});

test('a variable that would clash leaves the requests apart', async () => {
  const query =
    'query($representations0: Int) { a: products { reviews(first: $representations0) { id } } b: cheapest { rating } }';
  expect(await requestsTo('reviews', query, { representations0: 1 })).toHaveLength(2);
});

test('what takes a merged request down takes only its own fields', async () => {
  const sdl = supergraphOf(nulls);
  const answers = await Promise.all(
    (['vanilla', 'compiled'] as const).map(async (executor) => {
      const world = await openFederation(nulls, sdl, { executor });
      const answer = await world.run('{ a: things { late } b: strict { maybe } }');
      await world.close();
      return { ...answer, fetches: answer.fetches.length };
    }),
  );
  const [vanilla, compiled] = answers;
  expect(compiled?.data).toEqual(vanilla?.data);
  expect(compiled?.errors).toEqual(vanilla?.errors);
  // One more: the merged request, then each alone.
  expect(compiled?.fetches).toBe((vanilla?.fetches ?? 0) + 1);
});

const TWO_ROOTS = '{ me { reviews { id } } products(first: 1) { reviews { id } } }';

test('entities of one subgraph below different root fields are asked for in one request', async () => {
  const [request, ...more] = await requestsTo('reviews', TWO_ROOTS);
  expect(more).toEqual([]);
  expect(request?.variables).toMatchObject({
    representations0: [{ __typename: 'User', id: 'u1' }],
    representations1: [{ __typename: 'Product', upc: '1' }],
  });
});

test('a branch does not wait long for one that is slow', async () => {
  const gate: { open: () => void } = { open: () => {} };
  const opened = new Promise<void>((resolve) => {
    gate.open = resolve;
  });
  const held = await openFederation(shop, supergraphOf(shop), {
    executor: 'compiled',
    wrap: (host, name) => ({
      ...host,
      // Users come only when somebody has asked for reviews, which products alone can have done.
      async execute(...call) {
        if (name === 'reviews') gate.open();
        if (name === 'accounts') await opened;
        return host.execute(...call);
      },
    }),
  });
  const { errors, fetches } = await held.run(TWO_ROOTS);
  await held.close();
  expect(errors).toEqual([]);
  expect(fetches.filter((fetch) => fetch.startsWith('reviews: '))).toHaveLength(2);
});
