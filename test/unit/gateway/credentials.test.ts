import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApiKey } from '#tenancy/api-key';
import { createClient } from '../../kit/client.ts';
import { type SmallGateway, startSmallGateway } from '../../kit/gateway.ts';

let gateway: SmallGateway;
beforeAll(async () => {
  gateway = await startSmallGateway();
});
afterAll(() => gateway?.stop());

test('a token of one tenant and a key of another, each valid, are refused together', async () => {
  const { token } = await gateway.as('OWNER');
  const { key } = createApiKey();
  gateway.directory.addKey(key, { tenantId: randomUUID(), scopes: ['content:read'] });
  const ask = (headers: Record<string, string>) =>
    createClient(`${gateway.url}/graphql`, headers).query('{ viewer { id } }');
  const authorization = `Bearer ${token}`;
  for (const headers of [{ authorization }, { 'x-api-key': key }]) expect((await ask(headers)).errors).toEqual([]);
  const both = await ask({ authorization, 'x-api-key': key });
  expect([both.data, both.errors[0]?.extensions.code]).toEqual([undefined, 'TOKEN_INVALID']);
});
