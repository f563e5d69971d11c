import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportSPKI, generateKeyPair, importSPKI, type JWTHeaderParameters, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createIdentity } from '#gateway/identity/index';
import { createLocalIssuer, type LocalIssuer } from '#gateway/identity/local-issuer';
import { remoteKeys } from '#gateway/identity/token';
import { PolygraphError } from '#platform/errors';
import { createApiKey } from '#tenancy/api-key';
import type { Directory } from '#tenancy/directory';
import { createMemoryDirectory } from '../kit/gateway.ts';

const RULES = { issuer: 'https://issuer.test', audience: 'polygraph', tenantClaim: 'tenant' };
const SETTINGS = {
  NODE_ENV: 'test' as const,
  JWT_ISSUER: RULES.issuer,
  JWT_AUDIENCE: 'polygraph',
  JWT_TENANT_CLAIM: 'tenant',
  IDENTITY_CACHE_SECONDS: 5,
};

const [TENANT, OTHER, USER] = [randomUUID(), randomUUID(), randomUUID()];
const directory = createMemoryDirectory();
directory.addMember(TENANT, USER, 'EDITOR');
directory.addMember(OTHER, randomUUID(), 'OWNER');

let dir: string;
let issuer: LocalIssuer;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'polygraph-identity-'));
  issuer = await createLocalIssuer({ dir, ...RULES });
});
afterAll(() => rm(dir, { recursive: true }));

const identify = (source: Directory = directory, now = Date.now) =>
  createIdentity({ directory: source, settings: SETTINGS, keys: issuer.keys, now });
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'ADMITTED',
    (error: unknown) => (error instanceof PolygraphError ? error.code : `not typed: ${error}`),
  );
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('AU-01 tokens', () => {
  const claims = {
    iss: RULES.issuer,
    aud: 'polygraph',
    sub: USER,
    tenant: TENANT,
    exp: Math.floor(Date.now() / 1000) + 60,
  };
  const kid = () => String(issuer.jwks.keys[0]?.kid);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  /** Signed by the right key through a second issuer over the same folder, with claims and header of our choice. */
  const signed = async (changes: object, header: object = {}) => {
    const { privateKey, publicKey } = await generateKeyPair('EdDSA', { extractable: true });
    const token = await new SignJWT({ ...claims, ...changes })
      .setProtectedHeader({ alg: 'EdDSA', kid: kid(), typ: 'JWT', ...header } as JWTHeaderParameters)
      .sign(privateKey);
    const settings = SETTINGS;
    return codeOf(createIdentity({ directory, settings, keys: async () => publicKey })(bearer(token)));
  };

  test('of the issuer are admitted, with roles of the membership', async () => {
    const context = await identify()(bearer(await issuer.issue({ userId: USER, tenantId: TENANT })));
    expect(context).toMatchObject({ tenantId: TENANT, principal: { kind: 'user', id: USER }, roles: ['EDITOR'] });
    expect(context.scopes).toContain('content:write');
    expect(await signed({})).toBe('ADMITTED');
  });

  test.each([
    ['another issuer', { iss: 'https://evil.test' }, {}, 'TOKEN_INVALID'],
    ['another audience', { aud: 'billing' }, {}, 'TOKEN_INVALID'],
    ['another type', {}, { typ: 'logout+jwt' }, 'TOKEN_INVALID'],
    ['no expiry', { exp: undefined }, {}, 'TOKEN_INVALID'],
    ['no tenant', { tenant: undefined }, {}, 'TOKEN_INVALID'],
    ['a tenant that is a list', { tenant: [TENANT, OTHER] }, {}, 'TOKEN_INVALID'],
    ['a subject that is SQL', { sub: "x' OR 1=1 --" }, {}, 'TOKEN_INVALID'],
    ['a start in the future', { nbf: claims.exp }, {}, 'TOKEN_INVALID'],
    ['an end in the past', { exp: claims.exp - 120 }, {}, 'TOKEN_EXPIRED'],
    ['AU-05 roles of its own', { roles: ['OWNER'], scopes: ['tenant:admin'] }, {}, 'ADMITTED'],
  ])('with %s', async (_, changes, header, code) => {
    expect(await signed(changes, header)).toBe(code);
  });

  test('without a signature, or with one made from the public key, are refused', async () => {
    const none = `${part({ alg: 'none' })}.${part(claims)}.`;
    const { publicKey } = await generateKeyPair('RS256', { extractable: true });
    const pem = new TextEncoder().encode(await exportSPKI(publicKey));
    const confused = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: kid() }).sign(pem);
    const keys = async () => importSPKI(await exportSPKI(publicKey), 'RS256');
    expect(await codeOf(identify()(bearer(none)))).toBe('TOKEN_INVALID');
    expect(await codeOf(createIdentity({ directory, settings: SETTINGS, keys })(bearer(confused)))).toBe(
      'TOKEN_INVALID',
    );
  });

  test.each([
    { kid: '../../etc/passwd' },
    { kid: "' OR '1'='1" },
    { jku: 'http://127.0.0.1:1/' },
    { crit: ['x'], x: 1 },
  ])('whose header %j points elsewhere are refused', async (header) => {
    const { privateKey } = await generateKeyPair('EdDSA');
    const protectedHeader = { alg: 'EdDSA', kid: kid(), ...header } as JWTHeaderParameters;
    const options = 'crit' in header ? { crit: { x: true } } : {};
    const token = await new SignJWT(claims).setProtectedHeader(protectedHeader).sign(privateKey, options);
    expect(await codeOf(identify()(bearer(token)))).toBe('TOKEN_INVALID');
  });
});

test('AU-02 a token edited to another tenant is refused, and no header chooses one', async () => {
  const token = await issuer.issue({ userId: USER, tenantId: TENANT });
  const [head, body, signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(String(body), 'base64url').toString());
  const edited = Buffer.from(JSON.stringify({ ...claims, tenant: OTHER })).toString('base64url');
  expect(await codeOf(identify()(bearer(`${head}.${edited}.${signature}`)))).toBe('TOKEN_INVALID');
  const headers = { ...bearer(token), 'x-tenant-id': OTHER, x_tenant_id: OTHER, 'polygraph-assertion': 'a.b.c' };
  expect((await identify()(headers)).tenantId).toBe(TENANT);
});

test('a stranger to a tenant learns nothing of it, suspended or not', async () => {
  const refusal = async (tenantId: string) => {
    const token = await issuer.issue({ userId: USER, tenantId });
    return identify()(bearer(token)).catch((error: PolygraphError) => ({ code: error.code, message: error.message }));
  };
  const ofNobody = await refusal(randomUUID());
  expect(ofNobody).toMatchObject({ code: 'TENANT_UNKNOWN' });
  expect(await refusal(OTHER)).toEqual(ofNobody);
});

test('AU-03 suspension and removal take effect within the stated seconds', async () => {
  let now = Date.now();
  const changing = createMemoryDirectory();
  changing.addMember(TENANT, USER, 'VIEWER');
  const who = identify(changing, () => now);
  const headers = bearer(await issuer.issue({ userId: USER, tenantId: TENANT }));
  expect(await codeOf(who(headers))).toBe('ADMITTED');
  changing.tenants.set(TENANT, { id: TENANT, slug: 'acme', tier: 'FREE', status: 'SUSPENDED' });
  expect(await codeOf(who(headers))).toBe('ADMITTED');
  now += 5_000;
  expect(await codeOf(who(headers))).toBe('TENANT_SUSPENDED');
  changing.members.clear();
  now += 5_000;
  expect(await codeOf(who(headers))).toBe('TENANT_UNKNOWN');
});

test('while the directory is away its last answers hold, for minutes and not for ever', async () => {
  let now = Date.now();
  let away = false;
  const down = async () => {
    throw new PolygraphError('STORE_UNAVAILABLE', 'PostgreSQL does not answer.');
  };
  const flaky: Directory = {
    tenant: (id) => (away ? down() : directory.tenant(id)),
    membership: (tenant, user) => (away ? down() : directory.membership(tenant, user)),
    apiKey: (prefix) => (away ? down() : directory.apiKey(prefix)),
  };
  const who = identify(flaky, () => now);
  const headers = bearer(await issuer.issue({ userId: USER, tenantId: TENANT }));
  await who(headers);
  away = true;
  now += 60_000;
  expect(await codeOf(who(headers))).toBe('ADMITTED');
  now += 240_000;
  expect(await codeOf(who(headers))).toBe('STORE_UNAVAILABLE');
});

describe('API keys', () => {
  const { key, prefix } = createApiKey();
  const send = (value: string, now = Date.now) => codeOf(identify(directory, now)({ 'x-api-key': value }));

  test('carry their own scopes, and never that of the platform', async () => {
    directory.addKey(key, { tenantId: TENANT, scopes: ['content:read', 'platform:read'] });
    const context = await identify()({ 'x-api-key': key });
    expect(context).toMatchObject({
      tenantId: TENANT,
      principal: { kind: 'apiKey' },
      roles: [],
      scopes: ['content:read'],
    });
  });

  test('AU-04 with a wrong secret fail exactly as keys that do not exist', async () => {
    const refusal = (value: string) =>
      identify()({ 'x-api-key': value }).catch((error: PolygraphError) => error.message);
    const other = createApiKey();
    const wrongSecret = other.key.replace(other.prefix, prefix);
    expect(await refusal(wrongSecret)).toBe(await refusal(other.key));
    expect(await send(wrongSecret)).toBe('TOKEN_INVALID');
  });

  test('RD-05 that are revoked, expired or malformed are refused', async () => {
    const [revoked, expired] = [createApiKey().key, createApiKey().key];
    directory.addKey(revoked, { tenantId: TENANT, scopes: [], revokedAt: new Date(0) });
    directory.addKey(expired, { tenantId: TENANT, scopes: [], expiresAt: new Date(0) });
    expect(await send(revoked)).toBe('TOKEN_INVALID');
    expect(await send(expired)).toBe('TOKEN_EXPIRED');
    expect(await send(`${key}, ${key}`)).toBe('TOKEN_INVALID');
  });
});

test('no credentials, or two kinds at once, are refused', async () => {
  const token = await issuer.issue({ userId: USER, tenantId: TENANT });
  expect(await codeOf(identify()({}))).toBe('UNAUTHENTICATED');
  expect(await codeOf(identify()({ ...bearer(token), 'x-api-key': createApiKey().key }))).toBe('TOKEN_INVALID');
  expect(await codeOf(identify()({ authorization: 'Basic dTpw' }))).toBe('TOKEN_INVALID');
});

test('keys are fetched from the provider, and a provider that is away is not the fault of the token', async () => {
  const provider = createServer((_request, response) => response.end(JSON.stringify(issuer.jwks)));
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/jwks.json`;
  const headers = bearer(await issuer.issue({ userId: USER, tenantId: TENANT }));
  const trusting = (keysUrl: string) => createIdentity({ directory, settings: SETTINGS, keys: remoteKeys(keysUrl) });
  expect(await codeOf(trusting(url)(headers))).toBe('ADMITTED');
  provider.closeAllConnections();
  await new Promise((resolve) => provider.close(resolve));
  expect(await codeOf(trusting(url)(headers))).toBe('IDENTITY_UNAVAILABLE');
});

test('the local issuer keeps its key to itself and over restarts', async () => {
  expect((await stat(join(dir, 'issuer-key.json'))).mode & 0o777).toBe(0o600);
  const again = await createLocalIssuer({ dir, ...RULES });
  expect(again.jwks).toEqual(issuer.jwks);
  expect(JSON.stringify(issuer.jwks)).not.toContain('"d"');
});
