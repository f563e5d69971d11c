import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createThrottle } from '#gateway/identity/accounts/throttle';
import { PolygraphError } from '#platform/errors';
import { openRedis } from '#stores/redis/index';
import { type AccountsWorld, BROWSER, codeOf, openAccountsWorld, PASSWORD } from '#test/kit/accounts';

let kit: AccountsWorld;
beforeAll(async () => {
  kit = await openAccountsWorld();
});
afterAll(() => kit?.close());

describe('signing in', () => {
  it('has one answer to whatever is wrong, and tells the audit', async () => {
    const { signIn, tenant, userId } = await kit.joined();
    const stranger = `${randomUUID()}@nowhere.example`;
    for (const wrong of [
      { password: 'wrong' },
      { email: stranger },
      { tenant: 'nowhere' },
      { tenant: kit.world.a.slug },
    ]) {
      await expect(signIn(wrong)).rejects.toThrow('Tenant, e-mail, password or code is wrong.');
    }
    await signIn();
    const noted = await kit.world.superuser(
      'SELECT action, severity FROM audit_log WHERE tenant_id = $1 AND principal_id = $2 AND operation = $3 ORDER BY seq',
      [tenant.id, userId, 'EVENT'],
    );
    expect(noted).toEqual([
      { action: 'person.signInRefused', severity: 'ERROR' },
      { action: 'person.signIn', severity: 'INFO' },
    ]);
  });

  it('is remembered as the last, and so is the use of a key, without a word in the audit', async () => {
    const { signIn, tenant } = await kit.joined();
    await signIn();
    const id = randomUUID();
    await kit.world.system.upsertApiKey({
      id,
      tenantId: tenant.id,
      name: 'key',
      prefix: id,
      hash: 'a'.repeat(64),
      scopes: [],
    });
    const count = () => kit.world.superuser('SELECT count(*)::int FROM audit_log WHERE tenant_id = $1', [tenant.id]);
    const before = await count();
    await kit.store.noteKeyUse(tenant.id, id);
    expect(await count()).toEqual(before);
    const [last] = await kit.world.superuser(
      `SELECT k.last_used_at IS NOT NULL AS used, m.last_login_at IS NOT NULL AS "signedIn" FROM api_keys k
       JOIN memberships m USING (tenant_id) WHERE k.id = $1 AND m.role = 'EDITOR'`,
      [id],
    );
    expect(last).toEqual({ used: true, signedIn: true });
  });

  it('is slowed down after five failures at one address, in whatever process, the right password included', async () => {
    const { tenant, email, signIn } = await kit.joined();
    const at = (address: string, password = PASSWORD) =>
      codeOf(kit.open().accounts.signIn({ tenant: tenant.slug, email, password }, address, BROWSER));
    const guesses = await Promise.all(Array.from({ length: 12 }, () => at('there', 'guess')));
    expect(guesses.filter((code) => code === 'TOKEN_INVALID')).toHaveLength(5);
    expect(guesses.filter((code) => code === 'RATE_LIMITED')).toHaveLength(7);
    expect(await at('there')).toBe('RATE_LIMITED');
    // Who knows an e-mail does not keep its owner out.
    expect(await codeOf(signIn())).toBe('fine');
  });

  it('is slowed down for a person and for an address in all, for somebody who is not there as for anybody', async () => {
    const { tenant, email } = await kit.joined();
    const failures = { ofPerson: 5, ofPersonAnywhere: 8, ofAddress: 6, questions: 3 };
    const at = (address: string, who: string) =>
      codeOf(kit.open(failures).accounts.signIn({ tenant: tenant.slug, email: who, password: 'x' }, address, BROWSER));
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
    const throttle = createThrottle(kit.redis.attempts, {
      ofPerson: 5,
      ofPersonAnywhere: 5,
      ofAddress: 5,
      questions: 2,
    });
    const address = randomUUID();
    const codes = await Promise.all([1, 2, 3].map(() => codeOf(throttle.ask(address))));
    expect(codes.sort()).toEqual(['RATE_LIMITED', 'fine', 'fine']);
  });

  it('is slowed down by each process for itself while Redis is away', async () => {
    const { tenant, email } = await kit.joined();
    const away = openRedis({ url: 'redis://127.0.0.1:1', log: kit.world.log });
    const throttle = createThrottle(away.attempts, { ofPerson: 8, ofPersonAnywhere: 50, ofAddress: 50, questions: 3 });
    const guess = () =>
      throttle.attempt(email, tenant.id, () => Promise.reject(new PolygraphError('TOKEN_INVALID', 'wrong')));
    const codes: string[] = [];
    for (let number = 0; number < 4; number += 1) codes.push(await codeOf(guess()));
    expect(codes).toEqual(['TOKEN_INVALID', 'TOKEN_INVALID', 'RATE_LIMITED', 'RATE_LIMITED']);
    await away.close();
  });

  it('asks the same of the stores, and waits for nothing else, whoever was named', async () => {
    const { tenant, email } = await kit.joined();
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
    const { accounts } = kit.open(undefined, { store: watched(kit.store), directory: watched(kit.world.directory) });
    const traces: string[][] = [];
    for (const wrong of [
      {},
      { email: `${randomUUID()}@nowhere.example` },
      { tenant: 'nowhere' },
      { tenant: kit.world.a.slug },
    ]) {
      asked.length = 0;
      const given = { tenant: tenant.slug, email, password: 'guess', ...wrong };
      expect(await codeOf(accounts.signIn(given, randomUUID(), BROWSER))).toBe('TOKEN_INVALID');
      traces.push(asked.filter((name) => name !== 'note').sort());
    }
    expect(new Set(traces.map(String))).toEqual(new Set(['findPerson,findTenant,membership']));
  });

  it('keeps Argon2id, and nothing a password could be read from', async () => {
    const { userId } = await kit.joined();
    const [row] = await kit.world.superuser<{ hash: string }>(
      'SELECT password_hash AS hash FROM credentials WHERE user_id = $1',
      [userId],
    );
    expect(row?.hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    const log = JSON.stringify(await kit.world.superuser('SELECT before, after FROM audit_log'));
    expect(log).not.toContain('argon2id');
  });
});
