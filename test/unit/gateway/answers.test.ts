import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SmallGateway, startSmallGateway } from '../../kit/gateway.ts';

let gateway: SmallGateway;
beforeAll(async () => {
  gateway = await startSmallGateway();
});
afterAll(() => gateway?.stop());

test('one query is answered by two subgraphs and says what it took', async () => {
  const client = await gateway.as('EDITOR');
  const answer = await client.query('{ viewer { tenant } documents { title body views } }');
  expect(answer.errors).toEqual([]);
  expect(answer.data).toEqual({
    viewer: { tenant: client.tenantId },
    documents: [
      { title: 'Title 0', body: 'Body 0', views: 0 },
      { title: 'Title 1', body: 'Body 1', views: 10 },
    ],
  });
  expect(answer.extensions.polygraph).toMatchObject({ fetches: 2, storeQueries: { postgres: 0 } });
});

test('GW-12 an error of one entity keeps its path and loses its message', async () => {
  const client = await gateway.as('EDITOR');
  const answer = await client.query('{ documents { title leak } broken }');
  expect(answer.data?.documents).toEqual([
    { title: 'Title 0', leak: 'ok' },
    { title: 'Title 1', leak: null },
  ]);
  expect(answer.errors.map(({ path, extensions }) => [path, extensions.code])).toEqual(
    expect.arrayContaining([
      [['documents', 1, 'leak'], 'INTERNAL'],
      [['broken'], 'INTERNAL'],
    ]),
  );
  expect(answer.text).not.toMatch(/hunter2|internal:|ECONNREFUSED/);
});

test.each([
  ['{ documents { titel } }', 400, 'GRAPHQL_VALIDATION_FAILED'],
  ['{ documents {', 400, 'GRAPHQL_PARSE_FAILED'],
  ['query ($n: Int!) { documents(first: $n) { id } }', 400, 'BAD_USER_INPUT'],
  ['query A { viewer { id } } query B { viewer { id } }', 400, 'BAD_USER_INPUT'],
  ['{ _entities(representations: []) { __typename } }', 400, 'GRAPHQL_VALIDATION_FAILED'],
  ['{ documents @defer { id } }', 501, 'NOT_SUPPORTED'],
  ['subscription { documents { id } }', 501, 'NOT_SUPPORTED'],
])('%s is refused with %i %s', async (query, status, code) => {
  const answer = await (await gateway.as('EDITOR')).query(query);
  expect([answer.status, answer.errors[0]?.extensions.code]).toEqual([status, code]);
});

test.each(['__proto__', 'constructor', 'prototype', 'toString', '__defineGetter__'])(
  'GW-07 the alias %s is a plain key',
  async (alias) => {
    const client = await gateway.as('EDITOR');
    const query = `{ ${alias}: documents { ${alias}: title  b: body  valueOf: body } }`;
    const answer = await client.query(query);
    expect(answer.text).toContain(`"${alias}":[{"${alias}":"Title 0"`);
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect((await client.query('{ documents { title body } }')).errors).toEqual([]);
  },
);

test('GW-18 answers are private and never kept', async () => {
  const client = await gateway.as('VIEWER');
  expect((await client.query('{ viewer { id } }')).headers.get('cache-control')).toBe('private, no-store');
  expect((await client.query('{ nothing }')).headers.get('cache-control')).toBe('private, no-store');
});

test('a request id comes back, unless it could break a log line', async () => {
  const { token } = await gateway.as('VIEWER');
  const send = (id: string) =>
    fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'x-request-id': id },
      body: '{"query":"{ viewer { id } }"}',
    });
  expect((await send('trace-12345')).headers.get('x-request-id')).toBe('trace-12345');
  expect((await send('a b"c{}')).headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/);
});

test('answers of tenants that ask at the same time never cross', async () => {
  const clients = await Promise.all(Array.from({ length: 8 }, () => gateway.as('EDITOR')));
  const rounds = clients.flatMap((client) => Array.from({ length: 10 }, () => client));
  const seen = await Promise.all(
    rounds.map(async (client) => (await client.query('{ viewer { tenant } documents { body } }')).data?.viewer),
  );
  expect(seen).toEqual(rounds.map(({ tenantId }) => ({ tenant: tenantId })));
});

test('the log names request and tenant and holds no credential', async () => {
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  const logged = await startSmallGateway({ log });
  const client = await logged.as('VIEWER');
  await client.query('{ viewer { id } }');
  await client.query('{ audit { text } }');
  await logged.stop();
  const text = lines.join('');
  const request = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'request');
  expect(request.map(({ tenant, code }) => [tenant, code])).toEqual([
    [client.tenantId, 'OK'],
    [client.tenantId, 'FORBIDDEN'],
  ]);
  expect(request[0].requestId).toMatch(/^[0-9a-f]{32}$/);
  expect(text).not.toContain(client.token.split('.')[2]);
});
