import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SubgraphHost } from '#subgraphs/runtime/host';
import { type Federation, openFederation, supergraphOf, told } from '../../../kit/federation.ts';
import { shop } from './worlds/shop.ts';

const OPERATIONS = [
  '{ me { name reviews { body product { name price inStock rating } } favourite { name shipping } } products { upc maker { label founder { name } } warehouse { city capacity } } }',
  '{ latest(first: 4) { id author { username birth greeting } product { weight volume } } }',
  'mutation { review(upc: 1, body: "x") { id product { name } author { birth } } counter }',
];

type Fault = (host: SubgraphHost) => SubgraphHost['execute'];
type Answer = Awaited<ReturnType<SubgraphHost['execute']>>;

const answering =
  (change: (answer: Answer) => unknown): Fault =>
  (host) =>
  async (...call) =>
    change(await host.execute(...call)) as Answer;

/** What a subgraph may do instead of answering well. */
const FAULTS: Readonly<Record<string, Fault>> = {
  'is away': () => () => Promise.reject(new Error('connect ECONNREFUSED')),
  'answers null': answering(() => ({ data: null })),
  'answers nothing': answering(() => ({})),
  'answers an error without path': answering(() => ({
    errors: [{ message: 'no', extensions: { code: 'FORBIDDEN' } }],
  })),
  'answers an error without code': answering(() => ({ errors: [{ message: 'no', path: ['x'] }], data: null })),
  'answers an error without message': answering(() => ({ errors: [{ path: ['x'] }], data: null })),
  'answers data and an error': answering((answer) => ({ ...answer, errors: [{ message: 'but' }] })),
  'refuses the gateway': answering(() => ({ errors: [{ message: 'no', extensions: { code: 'ASSERTION_EXPIRED' } }] })),
  'answers one entity too few': answering(({ data }) => ({ data: shorter(data) })),
  'answers no list of entities': answering(({ data }) => ({ data: data && mapEntities(data, () => 'what') })),
  'answers null for every entity': answering(({ data }) => ({
    data: data && mapEntities(data, (list) => list.map(() => null)),
  })),
};

const ENTITIES = /^(_entities|e\d+)$/;

function mapEntities(data: Record<string, unknown>, change: (list: unknown[]) => unknown) {
  const entries = Object.entries(data);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, ENTITIES.test(name) ? change(value as unknown[]) : value]),
  );
}

const shorter = (data: Answer['data']) => data && mapEntities(data, (list) => list.slice(1));

let vanilla: Federation;
let compiled: Federation;
/** What goes wrong in the current test. */
const current: { subgraph?: string; fault?: Fault } = {};
beforeAll(async () => {
  const sdl = supergraphOf(shop);
  const wrap = (host: SubgraphHost, name: string): SubgraphHost => ({
    ...host,
    execute: (...call) => (current.fault && current.subgraph === name ? current.fault(host) : host.execute)(...call),
  });
  vanilla = await openFederation(shop, sdl, { executor: 'vanilla', json: true, wrap });
  compiled = await openFederation(shop, sdl, { executor: 'compiled', json: true, wrap });
});
afterAll(() => Promise.all([vanilla.close(), compiled.close()]));

describe.each(Object.entries(FAULTS))('a subgraph that %s', (_, fault) => {
  test.each(Object.keys(shop.subgraphs))('%s costs the same fields with both executors', async (subgraph) => {
    Object.assign(current, { subgraph, fault });
    for (const query of OPERATIONS) {
      const [expected, answer] = [await vanilla.run(query), await compiled.run(query)];
      expect(JSON.stringify(answer.data)).toBe(JSON.stringify(expected.data));
      expect(distinct(told(answer))).toEqual(distinct(told(expected)));
    }
  });
});

/** One request where the other executor sends two fails once, and it asks for fewer entities. */
const distinct = (errors: readonly string[]) => [
  ...new Set(errors.map((error) => error.replace(/contain \d+ elements/, 'contain them'))),
];
