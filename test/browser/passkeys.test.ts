import { randomUUID } from 'node:crypto';
import Fastify, { type FastifyInstance } from 'fastify';
import type { CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '#bench/free-port';
import { answerHttpErrors } from '#gateway/delivery/http-errors';
import { openAccountServices } from '#gateway/identity/accounts/index';
import { accountRoutes } from '#gateway/identity/accounts/routes';
import { createSessions } from '#gateway/identity/accounts/sessions';
import { createIdentity } from '#gateway/identity/index';
import { type AccountStore, openAccounts } from '#stores/postgres/accounts';
import { openRedis, type Redis } from '#stores/redis/index';
import { launchBrowser } from '#test/kit/browser';
import { openPostgresWorld, type PostgresTenant, type PostgresWorld } from '#test/kit/postgres';
import { createRelationalClient } from '#test/kit/relational';
import { TEST_SECRETS } from '#test/kit/secrets';

const PASSWORD = 'correct horse battery';
let world: PostgresWorld;
let store: AccountStore;
let redis: Redis;
let browser: Awaited<ReturnType<typeof launchBrowser>>;
let app: FastifyInstance;
let origin: string;

beforeAll(async () => {
  world = await openPostgresWorld({ timeoutMs: 10_000 });
  store = openAccounts({ url: world.url, secrets: TEST_SECRETS, log: world.log });
  redis = openRedis({ url: process.env.REDIS_URL ?? '', secrets: TEST_SECRETS, log: world.log });
  browser = await launchBrowser();
  const port = await freePort();
  origin = `http://localhost:${port}`;
  app = Fastify();
  answerHttpErrors(app, 100_000, world.log);
  app.get('/', async (_, reply) => reply.type('text/html').send('<!doctype html><title>Sign in</title>'));
  await app.register(routes(origin));
  await app.listen({ port, host: 'localhost' });
}, 60_000);
afterAll(async () => {
  await Promise.all([browser?.close(), app?.close(), store?.close(), redis?.close()]);
  await world?.close();
});

/** The product's own, as the gateway puts them together. @param page where people sign in */
function routes(page: string) {
  const { directory, log } = world;
  const settings = {
    ...{ SESSION_IDLE_SECONDS: 3_600, SESSION_HOURS: 12, SESSIONS_AT_ONCE: 3, POLYGRAPH_SECRETS: TEST_SECRETS },
    ...{ PASSKEY_DOMAIN: 'localhost', PASSKEY_ORIGINS: [page] },
  };
  const sessions = createSessions({ redis, directory, settings });
  const services = openAccountServices({ store, directory, redis, settings, sessions, log });
  const rules = { JWT_ISSUER: 'x', JWT_AUDIENCE: 'x', JWT_TENANT_CLAIM: 'tenant', IDENTITY_CACHE_SECONDS: 5 };
  const keys = () => Promise.reject(new Error('nobody has a token'));
  const identify = createIdentity({ directory, settings: { ...rules, NODE_ENV: 'test' }, keys, sessions });
  return accountRoutes(services, identify);
}

interface Visitor {
  readonly tenant: PostgresTenant;
  readonly email: string;
  readonly page: Page;
  readonly device: CDPSession;
  readonly authenticatorId: string;
  token: string;
}

/** A member in a browser that has a device with keys. @param hasUserVerification whether it can tell its person from others */
async function visit(hasUserVerification = true): Promise<Visitor> {
  const email = `${randomUUID()}@people.example`;
  const tenant = await world.tenant(`passkeys-${randomUUID().slice(0, 8)}`);
  const invite = 'mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { token } }';
  const { data } = await createRelationalClient(world, tenant).ask(invite, { input: { email, role: 'EDITOR' } });
  const page = await browser.newPage();
  await page.goto(origin);
  const device = await page.context().newCDPSession(page);
  await device.send('WebAuthn.enable');
  const { authenticatorId } = await device.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification },
      ...{ isUserVerified: hasUserVerification, automaticPresenceSimulation: true },
    },
  });
  const visitor = { tenant, email, page, device, authenticatorId, token: '' };
  const { token } = data.inviteMember;
  await post(visitor, '/auth/invitations/accept', { token, name: 'Ada', password: PASSWORD });
  const { body } = await post(visitor, '/auth/sign-in', { tenant: tenant.slug, email, password: PASSWORD });
  return { ...visitor, token: String(body.token) };
}

interface Reply {
  readonly status: number;
  readonly body: Record<string, unknown> & { readonly errors?: readonly { message: string }[] };
}

/** As the page does it. */
async function post({ page, token }: Visitor, path: string, body: object): Promise<Reply> {
  const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) };
  const request = JSON.stringify({ method: 'POST', headers, body: JSON.stringify(body) });
  const script = `fetch(${JSON.stringify(path)}, ${request}).then(async (r) => ({ status: r.status, body: await r.json() }))`;
  return (await page.evaluate(script)) as Reply;
}

/** What the browser's own functions make of the options, with the device. */
async function askDevice({ page }: Visitor, kind: 'create' | 'get', options: object): Promise<object> {
  const parse = kind === 'create' ? 'parseCreationOptionsFromJSON' : 'parseRequestOptionsFromJSON';
  const publicKey = `PublicKeyCredential.${parse}(${JSON.stringify(options)})`;
  return Object(
    await page.evaluate(`navigator.credentials.${kind}({ publicKey: ${publicKey} }).then((c) => c.toJSON())`),
  );
}

async function addPasskey(visitor: Visitor): Promise<Reply> {
  const { body: options } = await post(visitor, '/auth/passkeys/options', { password: PASSWORD });
  return post(visitor, '/auth/passkeys', { name: 'laptop', response: await askDevice(visitor, 'create', options) });
}

async function proof(visitor: Visitor, tenant = visitor.tenant.slug): Promise<object> {
  const { body: options } = await post(visitor, '/auth/sign-in/passkey/options', { tenant });
  return askDevice(visitor, 'get', options);
}
const enter = (visitor: Visitor, response: object, tenant = visitor.tenant.slug) =>
  post(visitor, '/auth/sign-in/passkey', { tenant, response });

test('a passkey is added with the password and signs in without one, in the tenant that is named', async () => {
  const visitor = await visit();
  expect((await post(visitor, '/auth/passkeys/options', { password: 'wrong' })).status).toBe(401);
  expect((await addPasskey(visitor)).body).toEqual({ added: true });
  const { status, body } = await enter(visitor, await proof(visitor));
  expect(status).toBe(200);
  const signedIn = { ...visitor, token: String(body.token) };
  expect((await post(signedIn, '/auth/sign-out', {})).body).toEqual({ ended: 1 });
  const other = await enter(visitor, await proof(visitor, world.b.slug), world.b.slug);
  expect(other).toMatchObject({ status: 401, body: { errors: [{ message: 'Tenant or passkey is wrong.' }] } });
  const [noted] = await world.superuser<{ severity: string }>(
    `SELECT severity FROM audit_log WHERE tenant_id = $1 AND action = 'person.addPasskey'`,
    [visitor.tenant.id],
  );
  expect(noted?.severity).toBe('CRITICAL');
});

test('an answer serves once, for the tenant and the purpose that it was asked for', async () => {
  const visitor = await visit();
  await addPasskey(visitor);
  const answer = await proof(visitor);
  const both = await Promise.all([enter(visitor, answer), enter(visitor, answer)]);
  expect(both.map(({ status }) => status).sort()).toEqual([200, 401]);
  const elsewhere = await proof(visitor, world.b.slug);
  expect((await enter(visitor, elsewhere)).status).toBe(401);
  const { body: options } = await post(visitor, '/auth/sign-in/passkey/options', { tenant: visitor.tenant.slug });
  const made = await askDevice(visitor, 'create', {
    ...options,
    rp: { id: 'localhost', name: 'x' },
    user: { id: 'AAAA', name: 'x', displayName: 'x' },
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
  });
  expect((await post(visitor, '/auth/passkeys', { name: 'sneaked in', response: made })).status).toBe(400);
});

test('an answer serves once, also of a device that does not count its uses', async () => {
  const visitor = await visit();
  await addPasskey(visitor);
  const answer = await proof(visitor);
  expect((await enter(visitor, answer)).status).toBe(200);
  // Otherwise the count alone would tell.
  await world.superuser('UPDATE passkeys SET sign_count = 0 WHERE user_id = (SELECT id FROM users WHERE email = $1)', [
    visitor.email,
  ]);
  expect((await enter(visitor, answer)).status).toBe(401);
});

test('a device that cannot tell its person from others adds nothing and proves nothing', async () => {
  const visitor = await visit(false);
  await expect(addPasskey(visitor)).rejects.toThrow(/NotAllowedError/);
  const { body: options } = await post(visitor, '/auth/passkeys/options', { password: PASSWORD });
  const weak = { ...options, authenticatorSelection: { residentKey: 'required', userVerification: 'discouraged' } };
  const response = await askDevice(visitor, 'create', weak);
  expect((await post(visitor, '/auth/passkeys', { name: 'laptop', response })).status).toBe(400);
});

test('an answer of a page that is none of ours is refused, although the key is right', async () => {
  const visitor = await visit();
  await addPasskey(visitor);
  const elsewhere = Fastify();
  await elsewhere.register(routes('http://localhost:1'));
  const options = await elsewhere.inject({
    ...{ method: 'POST', url: '/auth/sign-in/passkey/options', payload: { tenant: visitor.tenant.slug } },
  });
  const payload = { tenant: visitor.tenant.slug, response: await askDevice(visitor, 'get', options.json()) };
  const { statusCode } = await elsewhere.inject({ method: 'POST', url: '/auth/sign-in/passkey', payload });
  expect(statusCode).not.toBe(200);
  await elsewhere.close();
});

test('a copy of a device is found by its count of uses, refused, and told to the audit', async () => {
  const visitor = await visit();
  await addPasskey(visitor);
  expect((await enter(visitor, await proof(visitor))).status).toBe(200);
  const { credentials } = await visitor.device.send('WebAuthn.getCredentials', {
    authenticatorId: visitor.authenticatorId,
  });
  const [credential] = credentials;
  if (!credential) throw new Error('The device keeps no key.');
  await visitor.device.send('WebAuthn.clearCredentials', { authenticatorId: visitor.authenticatorId });
  await visitor.device.send('WebAuthn.addCredential', {
    authenticatorId: visitor.authenticatorId,
    credential: { ...credential, signCount: 0 },
  });
  expect((await enter(visitor, await proof(visitor))).status).toBe(401);
  await expect
    .poll(() =>
      world.superuser(`SELECT severity FROM audit_log WHERE tenant_id = $1 AND action = 'person.passkeyCopied'`, [
        visitor.tenant.id,
      ]),
    )
    .toEqual([{ severity: 'CRITICAL' }]);
});

test('a tenant that there is not is answered like any other', async () => {
  const visitor = await visit();
  await addPasskey(visitor);
  const known = await post(visitor, '/auth/sign-in/passkey/options', { tenant: visitor.tenant.slug });
  const unknown = await post(visitor, '/auth/sign-in/passkey/options', { tenant: 'nowhere' });
  expect(Object.keys(unknown.body)).toEqual(Object.keys(known.body));
  const refused = await enter(visitor, await proof(visitor, 'nowhere'), 'nowhere');
  expect(refused).toMatchObject({ status: 401, body: { errors: [{ message: 'Tenant or passkey is wrong.' }] } });
});

test('a person lists and removes passkeys, with the password', async () => {
  const visitor = await visit();
  await addPasskey(visitor);
  const [passkey] = await store.listPasskeys(String(/^ps_[^_]+_([^_]+)_/.exec(visitor.token)?.[1]));
  expect(passkey).toMatchObject({ name: 'laptop', lastUsedAt: null });
  const remove = (password: string) => post(visitor, `/auth/passkeys/${passkey?.credentialId}/remove`, { password });
  expect((await remove('wrong')).status).toBe(401);
  expect((await remove(PASSWORD)).body).toEqual({ removed: true });
  expect((await enter(visitor, await proof(visitor))).status).toBe(401);
});
