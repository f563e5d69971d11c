import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AccountServicesOptions, openAccountServices } from '#gateway/identity/accounts/index';
import type { AccountServices } from '#gateway/identity/accounts/routes';
import { createSessions } from '#gateway/identity/accounts/sessions';
import { createThrottle, type FailureLimits } from '#gateway/identity/accounts/throttle';
import { createIdentity } from '#gateway/identity/index';
import { findPolygraphError, PolygraphError } from '#platform/errors';
import { type AccountStore, openAccounts } from '#stores/postgres/accounts';
import { openRedis, type Redis } from '#stores/redis/index';
import type { Tier } from '#tenancy/tiers';
import { openPostgresWorld, type PostgresTenant, type PostgresWorld } from '#test/kit/postgres';
import { createRelationalClient } from '#test/kit/relational';
import { TEST_SECRETS } from '#test/kit/secrets';

let world: PostgresWorld;
let store: AccountStore;
let redis: Redis;
let now = Date.now();
const LIMITS = { SESSION_IDLE_SECONDS: 3_600, SESSION_HOURS: 12, SESSIONS_AT_ONCE: 3 };
beforeAll(async () => {
  world = await openPostgresWorld();
  store = openAccounts({ url: world.url, secrets: TEST_SECRETS, log: world.log });
  redis = openRedis({ url: process.env.REDIS_URL ?? '', log: world.log });
});
afterAll(async () => {
  await Promise.all([store.close(), redis.close()]);
  await world.close();
});

const BROWSER = { 'user-agent': 'Browser/1', 'x-device-id': 'laptop' };
const open = (
  failures?: FailureLimits,
  instead: Partial<Pick<AccountServicesOptions, 'store' | 'directory'>> = {},
): AccountServices => {
  const sessions = createSessions({ redis, settings: LIMITS, now: () => now });
  const settings = { ...LIMITS, POLYGRAPH_SECRETS: TEST_SECRETS, PASSKEY_ORIGINS: [] };
  const { directory, log } = world;
  return openAccountServices({
    ...{ store, directory, redis, settings, sessions, log },
    ...(failures ? { failures } : {}),
    ...instead,
  });
};
const identify = () =>
  createIdentity({
    ...{ directory: world.directory, sessions: open().sessions, keys: () => Promise.reject(new Error('no issuer')) },
    settings: {
      ...{ JWT_ISSUER: 'x', JWT_AUDIENCE: 'x', JWT_TENANT_CLAIM: 'tenant' },
      ...{ IDENTITY_CACHE_SECONDS: 5, NODE_ENV: 'test' },
    },
  });
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'fine',
    (error: unknown) => findPolygraphError(error)?.code ?? String(error),
  );

const PASSWORD = 'correct horse battery';
const INVITE = 'mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { id token done } }';
let made = 0;

interface Guest {
  readonly tenant: PostgresTenant;
  readonly email: string;
  readonly token: string;
}
async function invited(tier: Tier = 'STANDARD', email = `${randomUUID()}@people.example`): Promise<Guest> {
  made += 1;
  const tenant = await world.tenant(`people-${made}`, tier);
  const input = { email, role: 'EDITOR' };
  const { data } = await createRelationalClient(world, tenant).ask(INVITE, { input });
  return { tenant, email, token: data.inviteMember.token };
}
async function joined(tier?: Tier) {
  const guest = await invited(tier);
  const { accounts, sessions } = open();
  const { userId } = await accounts.accept({ token: guest.token, name: 'Ada', password: PASSWORD }, 'somewhere');
  const credentials = { tenant: guest.tenant.slug, email: guest.email, password: PASSWORD };
  const owner = { tenantId: guest.tenant.id, userId };
  const signIn = (given = {}) => accounts.signIn({ ...credentials, ...given }, 'somewhere', BROWSER);
  return { ...guest, ...owner, owner, accounts, sessions, signIn };
}

describe.each(['STANDARD', 'PREMIUM', 'ENTERPRISE'] as const)('an invitation to a %s tenant', (tier) => {
  it('makes a member who signs in and writes', async () => {
    const { tenant, userId, signIn } = await joined(tier);
    const { token } = await signIn();
    const context = await identify()({ ...BROWSER, authorization: `Bearer ${token}` });
    expect(context).toMatchObject({
      tenantId: tenant.id,
      tier,
      principal: { kind: 'user', id: userId },
      roles: ['EDITOR'],
    });
    const create = 'mutation { createContent(input: { title: "Mine", body: "" }) { content { author { name } } } }';
    const { data } = await createRelationalClient(world, { ...tenant, context }).ask(create);
    expect(data.createContent.content.author?.name).toBe('Ada');
  });
});

describe('an invitation', () => {
  it('serves once, and not when it was taken back', async () => {
    const { token } = await joined();
    expect(await codeOf(open().accounts.accept({ token, name: 'Eve', password: PASSWORD }, 'x'))).toBe('NOT_FOUND');
    const other = await invited();
    await createRelationalClient(world, other.tenant).ask(`mutation { a: __typename }`);
    await world.superuser('UPDATE invitations SET revoked_at = now() WHERE tenant_id = $1', [other.tenant.id]);
    expect(await codeOf(open().accounts.accept({ ...other, name: 'Eve', password: PASSWORD }, 'x'))).toBe('NOT_FOUND');
  });

  it('does not make anybody a person who is there already', async () => {
    const { email, userId } = await joined();
    const { token, tenant } = await invited('STANDARD', email);
    const accept = (password: string) => open().accounts.accept({ token, name: 'Ada', password }, 'elsewhere');
    expect(await codeOf(accept('another password'))).toBe('TOKEN_INVALID');
    expect(await accept(PASSWORD)).toEqual({ userId });
    expect(await world.directory.membership(tenant.id, userId)).toMatchObject({ role: 'EDITOR' });
  });
});

describe('a session', () => {
  it('is refused on another device, after it has ended, and after an hour without use', async () => {
    const { signIn, sessions, owner } = await joined();
    const { token } = await signIn();
    expect(await codeOf(sessions.verify(token, { ...BROWSER, 'user-agent': 'Curl' }))).toBe('TOKEN_INVALID');
    expect(await codeOf(sessions.verify(token, { ...BROWSER, 'x-device-id': 'phone' }))).toBe('TOKEN_INVALID');
    now += 3_000_000;
    expect(await codeOf(sessions.verify(token, BROWSER))).toBe('fine');
    now += 3_000_000;
    expect(await codeOf(sessions.verify(token, BROWSER))).toBe('fine');
    now += 3_700_000;
    expect(await codeOf(sessions.verify(token, BROWSER))).toBe('TOKEN_EXPIRED');
    const next = await signIn();
    await sessions.end(owner);
    expect(await codeOf(sessions.verify(next.token, BROWSER))).toBe('TOKEN_INVALID');
  });

  it('too many ends the oldest', async () => {
    const { signIn, sessions } = await joined();
    const tokens: string[] = [];
    for (let number = 0; number < 4; number += 1) {
      now += 1_000;
      tokens.push((await signIn()).token);
    }
    const codes = await Promise.all(tokens.map((token) => codeOf(sessions.verify(token, BROWSER))));
    expect(codes).toEqual(['TOKEN_INVALID', 'fine', 'fine', 'fine']);
  });

  it('of another tenant, or with another secret, is none', async () => {
    const { signIn, sessions, owner } = await joined();
    const { token } = await signIn();
    const other = await joined();
    const elsewhere = token.replace(owner.tenantId, other.tenantId);
    const guessed = token.slice(0, -43) + randomBytes(32).toString('base64url');
    for (const forged of [elsewhere, guessed, token.replace(owner.userId, other.userId), 'ps_x']) {
      expect(await codeOf(sessions.verify(forged, BROWSER)), forged).toBe('TOKEN_INVALID');
    }
  });

  it('ends with the password', async () => {
    const { signIn, sessions, owner, accounts } = await joined();
    const { token } = await signIn();
    expect(await codeOf(accounts.changePassword(owner, { current: 'wrong', next: 'another long one' }))).toBe(
      'TOKEN_INVALID',
    );
    await accounts.changePassword(owner, { current: PASSWORD, next: 'another long one' });
    expect(await codeOf(sessions.verify(token, BROWSER))).toBe('TOKEN_INVALID');
    expect(await codeOf(signIn())).toBe('TOKEN_INVALID');
    expect(await codeOf(signIn({ password: 'another long one' }))).toBe('fine');
  });

  it('is of no use once the tenant is suspended, within a second, and once the member is gone', async () => {
    const { tenant, signIn } = await joined();
    const { token } = await signIn();
    const ask = identify();
    const headers = { ...BROWSER, authorization: `Bearer ${token}` };
    expect(await codeOf(ask(headers))).toBe('fine');
    await world.system.setTenantStatus(tenant.id, 'SUSPENDED');
    const since = performance.now();
    await expect.poll(() => codeOf(ask(headers)), { interval: 50, timeout: 2_000 }).toBe('TENANT_SUSPENDED');
    expect(performance.now() - since).toBeLessThan(1_000);
  });
});

describe('signing in', () => {
  it('has one answer to whatever is wrong, and tells the audit', async () => {
    const { signIn, tenant, userId } = await joined();
    const stranger = `${randomUUID()}@nowhere.example`;
    for (const wrong of [{ password: 'wrong' }, { email: stranger }, { tenant: 'nowhere' }, { tenant: world.a.slug }]) {
      await expect(signIn(wrong)).rejects.toThrow('Tenant, e-mail, password or code is wrong.');
    }
    await signIn();
    const noted = await world.superuser(
      'SELECT action, severity FROM audit_log WHERE tenant_id = $1 AND principal_id = $2 AND operation = $3 ORDER BY seq',
      [tenant.id, userId, 'EVENT'],
    );
    expect(noted).toEqual([
      { action: 'person.signInRefused', severity: 'ERROR' },
      { action: 'person.signIn', severity: 'INFO' },
    ]);
  });

  it('is remembered as the last, and so is the use of a key, without a word in the audit', async () => {
    const { signIn, tenant } = await joined();
    await signIn();
    const id = randomUUID();
    await world.system.upsertApiKey({
      id,
      tenantId: tenant.id,
      name: 'key',
      prefix: id,
      hash: 'a'.repeat(64),
      scopes: [],
    });
    const count = () => world.superuser('SELECT count(*)::int FROM audit_log WHERE tenant_id = $1', [tenant.id]);
    const before = await count();
    await store.noteKeyUse(tenant.id, id);
    expect(await count()).toEqual(before);
    const [last] = await world.superuser(
      `SELECT k.last_used_at IS NOT NULL AS used, m.last_login_at IS NOT NULL AS "signedIn" FROM api_keys k
       JOIN memberships m USING (tenant_id) WHERE k.id = $1 AND m.role = 'EDITOR'`,
      [id],
    );
    expect(last).toEqual({ used: true, signedIn: true });
  });

  it('is slowed down after five failures at one address, in whatever process, the right password included', async () => {
    const { tenant, email, signIn } = await joined();
    const at = (address: string, password = PASSWORD) =>
      codeOf(open().accounts.signIn({ tenant: tenant.slug, email, password }, address, BROWSER));
    const guesses = await Promise.all(Array.from({ length: 12 }, () => at('there', 'guess')));
    expect(guesses.filter((code) => code === 'TOKEN_INVALID')).toHaveLength(5);
    expect(guesses.filter((code) => code === 'RATE_LIMITED')).toHaveLength(7);
    expect(await at('there')).toBe('RATE_LIMITED');
    // Who knows an e-mail does not keep its owner out.
    expect(await codeOf(signIn())).toBe('fine');
  });

  it('is slowed down for a person and for an address in all, for somebody who is not there as for anybody', async () => {
    const { tenant, email } = await joined();
    const failures = { ofPerson: 5, ofPersonAnywhere: 8, ofAddress: 6, questions: 3 };
    const at = (address: string, who: string) =>
      codeOf(open(failures).accounts.signIn({ tenant: tenant.slug, email: who, password: 'x' }, address, BROWSER));
    for (const who of [email, `${randomUUID()}@nowhere.example`]) {
      const codes: string[] = [];
      for (let number = 0; number < 10; number += 1) codes.push(await at(randomUUID(), who));
      expect(codes.filter((code) => code === 'TOKEN_INVALID')).toHaveLength(8);
    }
    const address = randomUUID();
    const codes: string[] = [];
    for (let number = 0; number < 8; number += 1) codes.push(await at(address, `${randomUUID()}@nowhere.example`));
    expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(2);
  });

  it('keeps no more than so many challenges for an address that has proved nothing', async () => {
    const throttle = createThrottle(redis.attempts, { ofPerson: 5, ofPersonAnywhere: 5, ofAddress: 5, questions: 2 });
    const address = randomUUID();
    const codes = await Promise.all([1, 2, 3].map(() => codeOf(throttle.ask(address))));
    expect(codes.sort()).toEqual(['RATE_LIMITED', 'fine', 'fine']);
  });

  it('is slowed down by each process for itself while Redis is away', async () => {
    const { tenant, email } = await joined();
    const away = openRedis({ url: 'redis://127.0.0.1:1', log: world.log });
    const throttle = createThrottle(away.attempts, { ofPerson: 8, ofPersonAnywhere: 50, ofAddress: 50, questions: 3 });
    const guess = () =>
      throttle.attempt(email, tenant.id, () => Promise.reject(new PolygraphError('TOKEN_INVALID', 'wrong')));
    const codes: string[] = [];
    for (let number = 0; number < 4; number += 1) codes.push(await codeOf(guess()));
    expect(codes).toEqual(['TOKEN_INVALID', 'TOKEN_INVALID', 'RATE_LIMITED', 'RATE_LIMITED']);
    await away.close();
  });

  it('asks the same of the stores, and waits for nothing else, whoever was named', async () => {
    const { tenant, email } = await joined();
    const asked: string[] = [];
    const watched = <T extends object>(target: T): T =>
      new Proxy(target, {
        get(_, name) {
          const value: unknown = Reflect.get(target, name, target);
          if (typeof value !== 'function') return value;
          return (...values: unknown[]) => {
            asked.push(String(name));
            // The audit never answers here: who is refused must not wait for it.
            return name === 'note' ? new Promise(() => undefined) : Reflect.apply(value, target, values);
          };
        },
      });
    const { accounts } = open(undefined, { store: watched(store), directory: watched(world.directory) });
    const traces: string[][] = [];
    for (const wrong of [
      {},
      { email: `${randomUUID()}@nowhere.example` },
      { tenant: 'nowhere' },
      { tenant: world.a.slug },
    ]) {
      asked.length = 0;
      const given = { tenant: tenant.slug, email, password: 'guess', ...wrong };
      expect(await codeOf(accounts.signIn(given, randomUUID(), BROWSER))).toBe('TOKEN_INVALID');
      traces.push(asked.filter((name) => name !== 'note').sort());
    }
    expect(new Set(traces.map(String))).toEqual(new Set(['findPerson,findTenant,membership']));
  });

  it('keeps Argon2id, and nothing a password could be read from', async () => {
    const { userId } = await joined();
    const [row] = await world.superuser<{ hash: string }>(
      'SELECT password_hash AS hash FROM credentials WHERE user_id = $1',
      [userId],
    );
    expect(row?.hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    const log = JSON.stringify(await world.superuser('SELECT before, after FROM audit_log'));
    expect(log).not.toContain('argon2id');
  });
});

describe('a second factor', () => {
  const told = async ({ tenantId }: { tenantId: string }): Promise<number> => {
    const text = `SELECT count(*)::int AS n FROM audit_log WHERE tenant_id = $1 AND severity = 'CRITICAL'`;
    const [row] = await world.superuser<{ n: number }>(text, [tenantId]);
    return row?.n ?? 0;
  };
  const appOf = (secret: string) => new TOTP({ secret: Secret.fromBase32(secret) });

  it('is asked for once it is confirmed; a code and a recovery code serve once each', async () => {
    const { accounts, owner, signIn } = await joined();
    const { secret, uri } = await accounts.beginSecondFactor(owner);
    expect(uri).toMatch(/^otpauth:\/\/totp\/Polygraph/);
    expect(await codeOf(signIn())).toBe('fine');
    const before = appOf(secret).generate({ timestamp: Date.now() - 30_000 });
    const { recoveryCodes } = await accounts.confirmSecondFactor(owner, before);

    expect(await codeOf(signIn())).toBe('SECOND_FACTOR_REQUIRED');
    const code = appOf(secret).generate();
    const critical = await told(owner);
    expect(await codeOf(signIn({ code: before }))).toBe('TOKEN_INVALID');
    const both = await Promise.all([codeOf(signIn({ code })), codeOf(signIn({ code }))]);
    expect(both.sort()).toEqual(['TOKEN_INVALID', 'fine']);
    // That a code was used is no change of how somebody signs in; that a recovery code was used up is.
    expect(await told(owner)).toBe(critical);
    expect(await codeOf(signIn({ code: recoveryCodes[0] }))).toBe('fine');
    expect(await told(owner)).toBe(critical + 1);
    expect(await codeOf(signIn({ code: recoveryCodes[0] }))).toBe('TOKEN_INVALID');
    expect(await codeOf(signIn({ code: recoveryCodes[1]?.toUpperCase().replaceAll('-', ' ') }))).toBe('fine');
  });

  it('is sealed: the table holds neither its secret nor a recovery code', async () => {
    const { accounts, owner } = await joined();
    const { secret } = await accounts.beginSecondFactor(owner);
    const { recoveryCodes } = await accounts.confirmSecondFactor(owner, appOf(secret).generate());
    const kept = JSON.stringify(await world.superuser('SELECT * FROM credentials WHERE user_id = $1', [owner.userId]));
    expect(kept).not.toContain(secret);
    for (const code of recoveryCodes) expect(kept).not.toContain(code);
    expect(kept).toContain(
      createHash('sha256')
        .update(recoveryCodes[0]?.replaceAll('-', '') ?? '')
        .digest('hex'),
    );
  });

  it('leaves with the password alone', async () => {
    const { accounts, owner, signIn } = await joined();
    const { secret } = await accounts.beginSecondFactor(owner);
    await accounts.confirmSecondFactor(owner, appOf(secret).generate());
    expect(await codeOf(accounts.beginSecondFactor(owner))).toBe('CONFLICT');
    expect(await codeOf(accounts.removeSecondFactor(owner, 'wrong'))).toBe('TOKEN_INVALID');
    await accounts.removeSecondFactor(owner, PASSWORD);
    expect(await codeOf(signIn())).toBe('fine');
  });
});
