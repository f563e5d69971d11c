import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLogger } from '#platform/log';
import { serveSubgraph } from '#subgraphs/runtime/serve';
import { ASSERTION_HEADER } from '#tenancy/assertion/claims';
import { createAssertionKeys } from '#tenancy/assertion/keys';
import { createAssertionSigner } from '#tenancy/assertion/sign';
import { dangerouslyMintTenantContext } from '#tenancy/context';
import { SECRET, smallHost } from '../kit/gateway.ts';

const tenant = dangerouslyMintTenantContext({
  tenantId: randomUUID(),
  tier: 'STANDARD',
  principal: { kind: 'user', id: randomUUID() },
  roles: ['VIEWER'],
  scopes: ['content:read'],
});
const BODY = JSON.stringify({ query: '{ viewer { tenant } }' });
const NEW_SECRET = 'the secret that replaces it and is long';

const signer = (secret: string, now = Date.now) => createAssertionSigner(createAssertionKeys([secret]), now);
const minutesFromNow = (minutes: number) => () => Date.now() + minutes * 60_000;
const altered = (token: string) => {
  const [head, body, signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(String(body), 'base64url').toString());
  return `${head}.${Buffer.from(JSON.stringify({ ...claims, ten: randomUUID() })).toString('base64url')}.${signature}`;
};
const sign = signer(SECRET);

const REFUSALS = [
  ['GW-01 none', undefined, BODY, 'ASSERTION_MISSING'],
  ['GW-03 one for another subgraph', () => sign(tenant, 'content', BODY), BODY, 'ASSERTION_AUDIENCE'],
  ['GW-03 one for another body', () => sign(tenant, 'relational', BODY), `${BODY} `, 'ASSERTION_BODY'],
  [
    'GW-03 one with another tenant written in',
    () => altered(sign(tenant, 'relational', BODY)),
    BODY,
    'ASSERTION_INVALID',
  ],
  ['one of another key', () => signer(NEW_SECRET)(tenant, 'relational', BODY), BODY, 'ASSERTION_KEY_UNKNOWN'],
  ['GW-03 an old one', () => signer(SECRET, minutesFromNow(-1))(tenant, 'relational', BODY), BODY, 'ASSERTION_EXPIRED'],
  [
    'one from the future',
    () => signer(SECRET, minutesFromNow(1))(tenant, 'relational', BODY),
    BODY,
    'ASSERTION_NOT_YET_VALID',
  ],
  ['noise', () => 'a.b.c', BODY, 'ASSERTION_INVALID'],
  ['GW-01 none, for the SDL', undefined, '{"query":"{ _service { sdl } }"}', 'ASSERTION_MISSING'],
] as const;

const ways = { 'in process': inProcess, 'over HTTP': overHttp };
describe.each(Object.keys(ways) as (keyof typeof ways)[])('a subgraph %s', (name) => {
  let way: Awaited<ReturnType<typeof inProcess>>;
  beforeAll(async () => {
    way = await ways[name]();
  });
  afterAll(() => way.stop());

  test('GW-03 serves a request that the gateway signed, once', async () => {
    const assertion = sign(tenant, 'relational', BODY);
    expect(await way.send(BODY, assertion)).toMatchObject({ data: { viewer: { tenant: tenant.tenantId } } });
    expect(codeOf(await way.send(BODY, assertion))).toBe('ASSERTION_REPLAYED');
  });

  test.each(REFUSALS)('given %s', async (_, assertion, body, code) => {
    const answer = await way.send(body, assertion?.());
    expect(codeOf(answer)).toBe(code);
    expect(answer.data).toBeUndefined();
  });
});

test('secrets rotate over HTTP without a refused request, and the old one ends when it is dropped', async () => {
  const asked = async (secrets: [string, ...string[]], signedWith: string) => {
    const way = await overHttp(secrets);
    const answer = await way.send(BODY, signer(signedWith)(tenant, 'relational', BODY)).finally(way.stop);
    return codeOf(answer) ?? answer.data;
  };
  const served = { viewer: { tenant: tenant.tenantId } };
  // Known everywhere, then signed with, then alone: each step meets requests of the step before.
  expect(await asked([SECRET, NEW_SECRET], SECRET)).toMatchObject(served);
  expect(await asked([SECRET, NEW_SECRET], NEW_SECRET)).toMatchObject(served);
  expect(await asked([NEW_SECRET, SECRET], SECRET)).toMatchObject(served);
  expect(await asked([NEW_SECRET], NEW_SECRET)).toMatchObject(served);
  expect(await asked([NEW_SECRET], SECRET)).toBe('ASSERTION_KEY_UNKNOWN');
});

interface Reply {
  data?: unknown;
  errors?: readonly { extensions?: Readonly<Record<string, unknown>> }[];
}
const codeOf = (reply: Reply): unknown => reply.errors?.[0]?.extensions?.code;

async function inProcess() {
  const host = smallHost('relational');
  return {
    send: async (body: string, assertion?: string): Promise<Reply> => {
      const { data, errors } = await host.execute(body, assertion, 'r');
      return JSON.parse(JSON.stringify({ data, errors }));
    },
    stop: async () => {},
  };
}

async function overHttp(secrets: [string, ...string[]] = [SECRET]) {
  const log = createLogger({ level: 'silent' });
  const served = await serveSubgraph(smallHost('relational', secrets), { port: 0, hostAddress: '127.0.0.1', log });
  return {
    send: async (body: string, assertion?: string): Promise<Reply> => {
      const headers = { 'content-type': 'application/json', ...(assertion ? { [ASSERTION_HEADER]: assertion } : {}) };
      return (await (await fetch(served.url, { method: 'POST', headers, body })).json()) as Reply;
    },
    stop: served.stop,
  };
}
