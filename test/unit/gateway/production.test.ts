import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, createClient } from '../../kit/client.ts';
import { type SmallGateway, startSmallGateway } from '../../kit/gateway.ts';

let gateway: SmallGateway;
let client: Client;
const provider = createServer((_request, response) => response.end(JSON.stringify(gateway.issuer.jwks)));
beforeAll(async () => {
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  const { port } = provider.address() as AddressInfo;
  const settings = { NODE_ENV: 'production', JWT_JWKS_URL: `http://127.0.0.1:${port}/jwks` } as const;
  gateway = await startSmallGateway({ settings });
  const { token } = await gateway.as('OWNER');
  client = createClient(`${gateway.url}/graphql`, { authorization: `Bearer ${token}` });
});
afterAll(async () => {
  await gateway?.stop();
  provider.closeAllConnections();
  provider.close();
});

test('GW-10 in production nothing tells the schema: no introspection, no suggestions, no traces of the stack', async () => {
  expect((await client.query('{ __schema { types { name } } }')).errors[0]?.extensions.code).toBe('NOT_SUPPORTED');
  const typo = await client.query('{ documentz { id } }');
  expect(typo.errors[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
  expect(typo.text).not.toMatch(/Did you mean|documents/);
  expect((await client.query('{ broken }')).text).not.toMatch(/stack|\.ts:/);
});

test('in production metrics are closed without a token, and nothing serves a page', async () => {
  expect((await fetch(`${gateway.url}/metrics`)).status).toBe(401);
  const page = await fetch(`${gateway.url}/graphql`, { headers: { accept: 'text/html' } });
  expect([page.status, page.headers.get('content-type')]).toEqual([405, 'application/json; charset=utf-8']);
});

test('the local issuer is not trusted in production', async () => {
  await expect(startSmallGateway({ settings: { NODE_ENV: 'production' } })).rejects.toThrow('set JWT_JWKS_URL');
});
