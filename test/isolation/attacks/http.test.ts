import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordEvents } from '#stores/mongo/events';
import { openMongo } from '#stores/mongo/index';
import type { Tier } from '#tenancy/tiers';
import { type AttackWorld, openAttackWorld } from '#test/kit/attack-world';
import { canariesIn, type Victim } from '#test/kit/canary';
import { mintTestContext, TEST_DOCUMENT_KEYS, testLog } from '#test/kit/mongo';
import { populate } from '#test/kit/population';
import { createTenant, type TestTenant } from '#test/kit/tenants';
import { send } from '#test/kit/wire';

/** Attacks on the way a request travels, at the product's own endpoint. */
let attacks: AttackWorld;
let victim: Victim;
const tenants: TestTenant[] = [];
beforeAll(async () => {
  attacks = await openAttackWorld();
  for (const tier of ['STANDARD', 'STANDARD', 'PREMIUM', 'ENTERPRISE'] satisfies Tier[]) {
    tenants.push(await createTenant(attacks.world, tier));
  }
  const [tenant] = tenants as [TestTenant];
  victim = { tenant, has: await populate(tenant, 2) };
});
afterAll(() => attacks?.close());

const WHO = JSON.stringify({ query: '{ tenant { id name } }' });
const ask = (tenant: TestTenant, headers: Record<string, string> = {}, agent?: Agent) =>
  send(`${attacks.world.url}/graphql`, {
    headers: { ...tenant.credentials.OWNER, ...headers },
    body: WHO,
    ...(agent ? { agent } : {}),
  });

describe('a request', () => {
  test('GW-02 is of the tenant of its credentials, whoever else it names', async () => {
    for (const tenant of tenants.slice(1)) {
      const { id } = victim.tenant;
      const forged = {
        'x-tenant-id': id,
        X_Tenant: id,
        'polygraph-tenant': id,
        forwarded: `for=${id}`,
        cookie: `tenant=${id}`,
      };
      const { text, body } = await ask(tenant, forged);
      expect(body?.data).toMatchObject({ tenant: { id: tenant.id } });
      expect(canariesIn(victim, text)).toEqual([]);
    }
    const nobody = await send(`${attacks.world.url}/graphql`, {
      headers: { 'x-tenant-id': victim.tenant.id },
      body: WHO,
    });
    expect(nobody.status).toBe(401);
  });

  test('GW-15 GW-17 gets its own answer, on one kept connection or at the same moment as others', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (const kept of [agent, undefined]) {
      const asked = Array.from({ length: 80 }, (_, index) => tenants[index % tenants.length] as TestTenant);
      const answers = await Promise.all(asked.map((tenant) => ask(tenant, {}, kept)));
      expect(answers.map(({ body }) => body?.data)).toEqual(
        asked.map(({ id, canary }) => ({ tenant: { id, name: `Tenant ${canary}` } })),
      );
    }
    agent.destroy();
  });

  test('AU-04 leaves no credential in the log', async () => {
    const [, attacker] = tenants as [TestTenant, TestTenant];
    const key = attacker.credentials.API_KEY['x-api-key'] ?? '';
    await send(`${attacks.world.url}/graphql?key=${key}`, { headers: { 'x-api-key': key }, body: WHO });
    await send(`${attacks.world.url}/graphql`, { headers: { 'x-api-key': `${key}x` }, body: WHO });
    expect(attacks.logOf(attacker.id)).not.toEqual([]);
    expect(attacks.logOf(key.split('_').at(-1) ?? key)).toEqual([]);
    expect(attacks.logOf(attacker.credentials.OWNER.authorization?.split('.')[2] ?? '')).toEqual([]);
  });
});

describe('an answer', () => {
  test('GW-05 holds nothing of another tenant, although a store of the attacker’s own refers to it', async () => {
    const { MONGODB_URL: url = '' } = process.env;
    const mongo = openMongo({ url, keys: TEST_DOCUMENT_KEYS, timeoutMs: 15_000, log: testLog });
    for (const attacker of tenants.slice(1)) {
      const planted = {
        kind: 'VIEW',
        at: new Date(),
        contentId: victim.has.contentIds[1] ?? '',
        userId: victim.tenant.userIds.OWNER,
      } as const;
      await recordEvents(mongo.forTenant(mintTestContext({ tenantId: attacker.id })), [
        { ...planted, idempotencyKey: randomUUID() },
      ]);
      const exchange = await attacks.attack(attacker, 'gateway', {
        subgraph: 'content',
        query:
          '{ events { nodes { kind content { title slug body topics { nodes { name } } } user { name email } } } }',
        variables: {},
      });
      expect(exchange.reply.body?.data).toEqual({ events: { nodes: [{ kind: 'VIEW', content: null, user: null }] } });
      expect(canariesIn(victim, [exchange.reply.text, ...exchange.log].join('\n'))).toEqual([]);
    }
    await mongo.close();
  });

  test('PG-20 of an error says what to do and nothing of our insides', async () => {
    const write = 'mutation ($i: CreateContentInput!) { createContent(input: $i) { content { id } } }';
    const bad = [
      { slug: 'x y' },
      { slug: 'twice' },
      { slug: 'twice' },
      { title: '' },
      { title: 'x'.repeat(400) },
      { tags: Array(50).fill('t') },
    ];
    for (const tenant of tenants.slice(1)) {
      const answers = [];
      for (const input of bad) {
        const variables = { i: { title: 'T', body: 'x', ...input } };
        answers.push(
          (await attacks.attack(tenant, 'gateway', { subgraph: 'relational', query: write, variables })).reply,
        );
      }
      const errors = JSON.stringify(answers.map(({ body }) => body?.errors ?? []));
      expect(errors).toContain('CONFLICT');
      expect(errors).not.toMatch(
        /INTERNAL|prisma|constraint|_key\b|pkey|relation "|SQLSTATE|\$\d|t_[0-9a-f]{32}|detail/i,
      );
    }
  });

  test('PG-24 counts nothing over tenants: what it is named by is random', async () => {
    const [, attacker] = tenants as [TestTenant, TestTenant];
    const query = 'mutation { createContent(input: { title: "T", body: "x" }) { position content { id } } }';
    const { reply } = await attacks.attack(attacker, 'gateway', { subgraph: 'relational', query, variables: {} });
    const names = reply.text.match(/[0-9a-f]{8}-[0-9a-f-]{27}/g) ?? [];
    expect(reply.body?.data).toMatchObject({ createContent: { position: names[0], content: { id: names[1] } } });
    for (const name of names) expect(name).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab]/);
  });
});

describe('GW-06 on the socket', () => {
  const host = () => new URL(attacks.world.url);
  /** Everything that comes back until the other side closes, or until it is enough. */
  const raw = (text: string, isEnough: (received: string) => boolean = () => false): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(host().port), host().hostname);
      let received = '';
      // Shorter than any test may take, longer than any answer does.
      socket.setTimeout(10_000, () => socket.destroy());
      socket.on('data', (chunk) => {
        received += chunk;
        if (isEnough(received)) socket.destroy();
      });
      socket.once('error', reject).once('close', () => resolve(received));
      socket.write(text);
    });
  const head = (lines: readonly string[]) =>
    ['POST /graphql HTTP/1.1', 'Content-Type: application/json', ...lines, '', ''].join('\r\n');
  const smuggled = `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}`;

  test.each([
    [
      'two ways to say the length',
      `${head(['Host: a', 'Content-Length: 4', 'Transfer-Encoding: chunked'])}0\r\n\r\n${smuggled}`,
    ],
    ['two lengths', `${head(['Host: a', 'Content-Length: 2', 'Content-Length: 80'])}{}${smuggled}`],
    ['a chunk that lies', `${head(['Host: a', 'Transfer-Encoding: chunked'])}zz\r\n{}\r\n0\r\n\r\n${smuggled}`],
    ['a length that is none', `${head(['Host: a', 'Content-Length: +2'])}{}`],
    ['no host', `${head(['Content-Length: 2'])}{}`],
    ['headers without end', head(['Host: a', `X-Long: ${'x'.repeat(40_000)}`])],
    ['a header with a bare line feed', `${head(['Host: a', 'X-A: 1\nX-B: 2', 'Content-Length: 2'])}{}`],
  ])('%s is refused, and nothing behind it is read', async (_, text) => {
    const answer = await raw(text);
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
  });

  test('requests sent at once are answered in their order', async () => {
    const twice = [...tenants, ...tenants];
    const request = ({ credentials: { OWNER } }: TestTenant) =>
      head([`Host: ${host().host}`, `Authorization: ${OWNER.authorization}`, `Content-Length: ${WHO.length}`]) + WHO;
    const idsIn = (text: string) => [...text.matchAll(/"id":"([0-9a-f-]{36})"/g)].map(([, id]) => id);
    const answer = await raw(twice.map(request).join(''), (received) => idsIn(received).length === twice.length);
    expect(idsIn(answer)).toEqual(twice.map(({ id }) => id));
  });
});
