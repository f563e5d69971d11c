import { parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSupergraph } from '#schema/subgraphs';
import { readScopeRequirements } from '#tenancy/needs-scopes';
import { type SmallGateway, startSmallGateway } from '../../kit/gateway.ts';

let gateway: SmallGateway;
beforeAll(async () => {
  gateway = await startSmallGateway();
});
afterAll(() => gateway?.stop());

describe('a caller without the scope is refused before anything is fetched', () => {
  test.each([
    ['of a field', 'mutation { rename(id: "1", title: "x") { id } }', 'rename', 'content:write'],
    ['of a type', '{ log: audit { text } }', 'log', 'audit:read'],
    ['in a fragment', '{ ...F } fragment F on Query { audit { text } }', 'audit', 'audit:read'],
    ['in an inline fragment', '{ documents { ... on Document { id } } ... { audit { text } } }', 'audit', 'audit:read'],
  ])('%s', async (_, query, path, scope) => {
    const answer = await (await gateway.as('VIEWER')).query(query);
    expect(answer.status).toBe(403);
    expect(answer.errors[0]).toMatchObject({
      message: `${path} needs the scope ${scope}.`,
      extensions: { code: 'FORBIDDEN', scopes: [scope] },
    });
    expect(answer.extensions.polygraph?.fetches).toBe(0);
  });
});

test('a caller with the scope is served', async () => {
  const answer = await (await gateway.as('AUDITOR')).query('{ audit { text } }');
  expect(answer.data).toEqual({ audit: [{ text: 'seen' }] });
});

test('only the operation that runs is asked for its scopes', async () => {
  const { token } = await gateway.as('VIEWER');
  const query = 'query Mine { viewer { kind } } query Other { audit { text } }';
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, operationName: 'Mine' }),
  });
  expect(await response.json()).toEqual({ data: { viewer: { kind: 'user' } } });
});

test('introspection needs no scope', async () => {
  const answer = await (await gateway.as('VIEWER')).query('{ __schema { queryType { name } } __typename }');
  expect(answer.data).toEqual({ __schema: { queryType: { name: 'Query' } }, __typename: 'Query' });
});

test('the scopes of the real supergraph survive composition', () => {
  const needed = readScopeRequirements(parse(readSupergraph()));
  expect(needed.ofField('Content', 'body')).toEqual(['content:read']);
  expect(needed.ofField('Content', 'id')).toEqual([]);
});
