import { buildSchema, parse } from 'graphql';
import { expect, test } from 'vitest';
import { readCacheHints } from '#gateway/caching/hints';
import { createAloneCheck } from '#gateway/execution/alone';
import { createSharing } from '#gateway/execution/sharing';
import { createSubgraph } from '#gateway/execution/subgraph';
import type { SubgraphAnswer } from '#gateway/execution/transport';
import { createLogger } from '#platform/log';
import { createMetrics } from '#platform/metrics';
import { readSupergraph } from '#schema/subgraphs';
import { contextOf } from '../../../kit/federation.ts';

const schema = buildSchema('type Query { own: Own, ofOthers: Int } type Own { name: String, ofOthers: Int }');
const isAlone = createAloneCheck(schema, (_, field) => field === 'ofOthers');

test.each([
  ['{ own { name } }', false],
  ['{ ofOthers }', true],
  ['{ a: ofOthers own { name } }', true],
  ['{ own { ...F } } fragment F on Own { ofOthers }', true],
  ['{ ... on Query @skip(if: true) { ofOthers } }', true],
])('%s is answered by itself: %s', (query, expected) => {
  const document = parse(query);
  expect([isAlone(document), isAlone(document)]).toEqual([expected, expected]);
});

test.each(['sharedMemories', 'sharedWithMe'])('%s is neither kept nor joined, says the contract', (field) => {
  const hints = readCacheHints(parse(readSupergraph()));
  expect(hints.ofField('Query', field)).toMatchObject({ maxAge: 0, ofOthers: true });
});

test.each([
  [false, 1],
  [true, 3],
])('three equal fetches at once of operations alone (%s) are sent %i times', async (alone, times) => {
  let sent = 0;
  const subgraph = createSubgraph({
    ...{ name: 'relational', sign: undefined, timeoutMs: 1_000, metrics: createMetrics() },
    sharing: createSharing<SubgraphAnswer | string>(),
    transport: {
      answersText: true,
      close: async () => {},
      async send() {
        sent += 1;
        return '{"data":{}}';
      },
    },
  });
  const context = { ...contextOf(createLogger({ level: 'silent' })), alone };
  await Promise.all([1, 2, 3].map(() => subgraph.ask('{}', context, 'read')));
  expect(sent).toBe(times);
});
