import { expect, test } from 'vitest';
import { countFallbacks } from '#bench/gateway/fallbacks';
import { operationSets } from '#bench/gateway/operation-sets';
import { supergraphOf } from '#test/kit/federation';

test('no operation of the product, of the federation cases or of chance falls back', () => {
  for (const { set, operations, reasons } of countFallbacks(operationSets(4))) {
    expect(operations, set).toBeGreaterThan(0);
    expect(Object.fromEntries(reasons), set).toEqual({});
  }
}, 60_000);

test('what only @apollo/gateway runs is counted, and what is not valid is not', () => {
  const sdl = 'type Query { now: Int } type Subscription { later: Int }';
  const supergraphSdl = supergraphOf({ name: 'time', cases: [], subgraphs: { time: { sdl, resolvers: {} } } });
  const documents = () => ['{ now }', 'subscription { later }', '{ never }'];
  const [counted] = countFallbacks([{ name: 'time', supergraphSdl, documents }]);
  expect(counted).toEqual({ set: 'time', operations: 2, reasons: new Map([['subscription', 1]]) });
});
