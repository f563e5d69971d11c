import { Supergraph } from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { createCompiledOperations } from '#gateway/execution/compiled/index';
import { createOperations } from '#gateway/execution/compiled/operations';
import { compilePlan, type PlanOptions } from '#gateway/execution/compiled/plan';
import type { Executor } from '#gateway/execution/index';
import { createLogger } from '#platform/log';
import { createMetrics } from '#platform/metrics';
import { supergraphOf } from '../../../kit/federation.ts';
import { shop } from './worlds/shop.ts';

const SDL = supergraphOf(shop);
const nobody = (name: string) => ({ name, ask: () => Promise.resolve(undefined) });

function open(maxOperations: number) {
  const planner = new QueryPlanner(Supergraph.build(SDL));
  const schema = planner.supergraph.apiSchema().toGraphQLJSSchema();
  const log = createLogger({ level: 'silent' });
  return { schema, operations: createOperations({ schema, planner, subgraph: nobody, log, maxOperations }) };
}

const requestOf = (query: string, operationName?: string) => ({
  document: parse(query),
  queryHash: query,
  operationName,
});

test('an operation is compiled once', () => {
  const { operations } = open(10);
  expect(operations.get(requestOf('{ me { name } }'))).toBe(operations.get(requestOf('{ me { name } }')));
});

test('the operations of one document are told apart by name', () => {
  const { operations } = open(10);
  const query = 'query A { me { name } } query B { me { id } }';
  expect(operations.get(requestOf(query, 'A'))).not.toBe(operations.get(requestOf(query, 'B')));
  expect(() => operations.get(requestOf(query))).toThrow('Must provide operation name');
  expect(() => operations.get(requestOf(query, 'C'))).toThrow('Unknown operation named "C"');
});

test('no more operations are kept than allowed, the latest stay', () => {
  const { operations } = open(2);
  const [first, second] = ['{ me { id } }', '{ me { name } }'].map((query) => operations.get(requestOf(query)));
  for (const field of ['birth', 'username', 'greeting']) operations.get(requestOf(`{ me { ${field} } }`));
  expect(operations.size).toBe(2);
  expect(operations.get(requestOf('{ me { id } }'))).not.toBe(first);
  expect(operations.get(requestOf('{ me { name } }'))).not.toBe(second);
});

test('what cannot be planned is not kept', () => {
  const { operations } = open(2);
  expect(() => operations.get(requestOf('{ nobody }'))).toThrow('nobody');
  expect(operations.size).toBe(0);
});

test('what is not compiled is run by the other executor, and counted', async () => {
  const metrics = createMetrics();
  const operations = { size: 0, get: () => ({ notCompiled: 'defer' as const }) };
  const fallback: Executor = async () => ({ data: { ran: 'elsewhere' } });
  const executor = createCompiledOperations({ operationsOf: () => operations, metrics }).inFrontOf(fallback);
  const request = { request: {}, document: parse('{ me { id } }'), queryHash: '' } as Parameters<Executor>[0];
  expect(await executor(request)).toEqual({ data: { ran: 'elsewhere' } });
  expect((await metrics.expose()).text).toContain('polygraph_execution_fallbacks_total{reason="defer"} 1');
});

test.each([
  ['defer', { kind: 'Defer', primary: {}, deferred: [] }],
  ['subscription', { kind: 'Subscription', primary: { kind: 'Fetch' } }],
  ['context', { kind: 'Fetch', serviceName: 'accounts', contextRewrites: [{}] }],
  ['unknown', { kind: 'Leap' }],
])('a plan with a node for %s is not compiled', (reason, node) => {
  const plan = { kind: 'QueryPlan', node } as unknown as Parameters<typeof compilePlan>[0];
  expect(() => compilePlan(plan, {} as PlanOptions)).toThrow(expect.objectContaining({ reason }));
});
