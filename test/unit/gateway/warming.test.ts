import type { GraphQLSchema } from 'graphql';
import { expect, test } from 'vitest';
import { createKnownOperations } from '#gateway/delivery/known-operations';
import { createExecution } from '#gateway/execution/index';
import { createLogger } from '#platform/log';
import { createMetrics } from '#platform/metrics';
import { supergraphOf } from '#test/kit/federation';

const supergraph = (sdl: string) => supergraphOf({ name: 'w', cases: [], subgraphs: { a: { sdl, resolvers: {} } } });

/** Operations over a schema that can be replaced, as Apollo Server tells of it. */
async function open() {
  const execution = createExecution({
    supergraphSdl: supergraph('type Query { now: Int  then: Int }'),
    subgraphs: () => new URL('http://127.0.0.1:1/graphql'),
    ...{ fetchTimeoutMs: 1_000, metrics: createMetrics(), log: createLogger({ level: 'silent' }) },
  });
  const known = createKnownOperations(execution.operations);
  const hooks = await known.plugin.serverWillStart?.({} as never);
  const tell = (apiSchema: GraphQLSchema) => hooks?.schemaDidLoadOrUpdate?.({ apiSchema } as never);
  execution.gateway.onSchemaLoadOrUpdate(({ apiSchema }) => tell(apiSchema));
  await execution.gateway.load({ apollo: {} });
  return { known, execution, close: () => execution.gateway.stop().then(() => execution.close()) };
}

test('documents are ready before anybody asks, by their text and by their name', async () => {
  const { known, close } = await open();
  const asked = ['query Now { now }', '{ then }', '{ never }', '{ broken'].map((query) => ({ query }));
  expect(await known.warm(asked)).toBe(2);
  expect(known.find('query Now { now }', undefined)).toBeDefined();
  expect(known.find('query Now { now }', 'Now')).toBeDefined();
  expect(known.find('{ never }', undefined)).toBeUndefined();
  await close();
});

test('with a new schema what was known is ready again, and what it no longer has is not', async () => {
  const { known, execution, close } = await open();
  await known.warm([{ query: '{ now }' }, { query: '{ then }' }]);
  const former = known.find('{ now }', undefined);
  execution.update(supergraph('type Query { now: Int  later: Int }'));
  await expect.poll(() => known.find('{ now }', undefined)).toBeDefined();
  expect(known.find('{ now }', undefined)?.schema).not.toBe(former?.schema);
  expect(known.isCurrent(former as NonNullable<typeof former>)).toBe(false);
  expect(known.find('{ then }', undefined)).toBeUndefined();
  await close();
});
