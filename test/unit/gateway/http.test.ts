import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readAnswer } from '../../kit/client.ts';
import { type SmallGateway, startSmallGateway } from '../../kit/gateway.ts';

let gateway: SmallGateway;
let token: string;
let tenantId: string;
beforeAll(async () => {
  gateway = await startSmallGateway({ settings: { REQUEST_BODY_LIMIT: 20_000 } });
  ({ token, tenantId } = await gateway.as('EDITOR'));
});
afterAll(() => gateway?.stop());

const send = async (init: RequestInit, headers: Record<string, string> = {}, path = '/graphql') =>
  readAnswer(
    await fetch(`${gateway.url}${path}`, {
      method: 'POST',
      ...init,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
    }),
  );
const VIEWER = '{"query":"{ viewer { tenant } }"}';

test.each([
  ['broken JSON', { body: '{"query":' }, {}, 400, 'BAD_USER_INPUT'],
  ['no body', {}, {}, 400, 'BAD_USER_INPUT'],
  ['no query', { body: '{}' }, {}, 400, 'BAD_USER_INPUT'],
  ['variables that are text', { body: '{"query":"{ __typename }","variables":"{}"}' }, {}, 400, 'BAD_USER_INPUT'],
  [
    'a poisoned key',
    { body: '{"query":"{ __typename }","variables":{"__proto__":{"a":1}}}' },
    {},
    400,
    'BAD_USER_INPUT',
  ],
  ['a body too large', { body: `{"query":"${' '.repeat(20_000)}"}` }, {}, 413, 'REQUEST_TOO_LARGE'],
  ['a batch', { body: `[${VIEWER},${VIEWER}]` }, {}, 501, 'NOT_SUPPORTED'],
  [
    'RD-04 a persisted query',
    { body: `{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"${'0'.repeat(64)}"}}}` },
    {},
    200,
    'PERSISTED_QUERY_NOT_FOUND',
  ],
  [
    'GW-11 a form',
    { body: 'query={__typename}' },
    { 'content-type': 'application/x-www-form-urlencoded' },
    415,
    'BAD_USER_INPUT',
  ],
  ['GW-11 plain text', { body: VIEWER }, { 'content-type': 'text/plain' }, 415, 'BAD_USER_INPUT'],
  ['an empty token', { body: VIEWER }, { authorization: 'Bearer ' }, 401, 'TOKEN_INVALID'],
])('%s', async (_, init, headers, status, code) => {
  const answer = await send(init, headers);
  expect([answer.status, answer.errors[0]?.extensions.code]).toEqual([status, code]);
  expect(answer.headers.get('cache-control')).toBe('private, no-store');
  expect(answer.text).not.toMatch(/at .*\.(ts|js):\d+/);
});

test('GW-11 GET is refused with a hint, mutation or not', async () => {
  const response = await fetch(`${gateway.url}/graphql?query=mutation{rename(id:1,title:"x"){id}}`);
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  expect(await response.text()).toContain('with POST and a JSON body');
});

test('no credentials is a typed 401', async () => {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: VIEWER,
  });
  const answer = await readAnswer(response);
  expect(answer.status).toBe(401);
  expect(answer.errors[0]?.extensions).toMatchObject({
    code: 'UNAUTHENTICATED',
    cure: expect.stringContaining('x-api-key'),
  });
});

describe('GW-02 nothing but the credentials names the tenant', () => {
  const other = randomUUID();
  test.each([
    [{ 'x-tenant-id': other, 'X-Tenant': other, x_tenant_id: other, 'x-user-id': other }, VIEWER],
    [{ 'polygraph-assertion': 'forged', 'x-internal-tenant': other, 'x-forwarded-user': other }, VIEWER],
    [
      {},
      JSON.stringify({
        query: '{ viewer { tenant } }',
        extensions: { tenant: other, headers: { 'x-tenant-id': other } },
      }),
    ],
    [{}, JSON.stringify({ query: '{ viewer { tenant } }', tenantId: other, context: { tenant: other } })],
  ])('%j %s', async (headers, body) => {
    const answer = await send({ body }, headers);
    expect(answer.data).toEqual({ viewer: { tenant: tenantId } });
  });
});

test('trace is shown only when asked for', async () => {
  expect((await send({ body: VIEWER })).extensions).toEqual({});
  expect((await send({ body: VIEWER }, { 'x-polygraph-trace': '1' })).extensions.polygraph?.fetches).toBe(1);
  expect((await send({ body: VIEWER }, { 'apollo-query-plan-experimental': '1' })).extensions).toEqual({});
});

test('probes and metrics answer without a tenant in them', async () => {
  const get = async (path: string) => (await fetch(`${gateway.url}${path}`)).text();
  await send({ body: VIEWER });
  expect(await get('/healthz')).toBe('{"status":"ok"}');
  expect(await get('/readyz')).toBe('{"status":"ready","stores":{"postgres":"HEALTHY"}}');
  expect(await get('/.well-known/jwks.json')).toBe(JSON.stringify(gateway.issuer.jwks));
  const metrics = await get('/metrics');
  expect(metrics).toMatch(/polygraph_request_seconds_count\{code="OK"\} [1-9]/);
  expect(metrics).toMatch(/polygraph_store_up\{store="postgres"\} 1/);
  expect(metrics).not.toContain(tenantId);
});

test('an unknown path is answered in the same form', async () => {
  const answer = await send({ body: VIEWER }, {}, '/graphqll');
  expect([answer.status, answer.errors[0]?.extensions.code]).toEqual([404, 'NOT_FOUND']);
});
