import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AccountsWorld, BROWSER, codeOf, openAccountsWorld, PASSWORD } from '#test/kit/accounts';
import { createRelationalClient } from '#test/kit/relational';
import { expectWithin } from '#test/kit/soon';

let kit: AccountsWorld;
beforeAll(async () => {
  kit = await openAccountsWorld();
});
afterAll(() => kit?.close());

describe.each(['STANDARD', 'PREMIUM', 'ENTERPRISE'] as const)('an invitation to a %s tenant', (tier) => {
  it('makes a member who signs in and writes', async () => {
    const { tenant, userId, signIn } = await kit.joined(tier);
    const { token } = await signIn();
    const context = await kit.identify()({ ...BROWSER, authorization: `Bearer ${token}` });
    expect(context).toMatchObject({
      tenantId: tenant.id,
      tier,
      principal: { kind: 'user', id: userId },
      roles: ['EDITOR'],
    });
    const create = 'mutation { createContent(input: { title: "Mine", body: "" }) { content { author { name } } } }';
    const { data } = await createRelationalClient(kit.world, { ...tenant, context }).ask(create);
    expect(data.createContent.content.author?.name).toBe('Ada');
  });
});

describe('an invitation', () => {
  it('serves once, and not when it was taken back', async () => {
    const { token } = await kit.joined();
    expect(await codeOf(kit.open().accounts.accept({ token, name: 'Eve', password: PASSWORD }, 'x'))).toBe('NOT_FOUND');
    const other = await kit.invited();
    await createRelationalClient(kit.world, other.tenant).ask(`mutation { a: __typename }`);
    await kit.world.superuser('UPDATE invitations SET revoked_at = now() WHERE tenant_id = $1', [other.tenant.id]);
    expect(await codeOf(kit.open().accounts.accept({ ...other, name: 'Eve', password: PASSWORD }, 'x'))).toBe(
      'NOT_FOUND',
    );
  });

  it('does not make anybody a person who is there already', async () => {
    const { email, userId } = await kit.joined();
    const { token, tenant } = await kit.invited('STANDARD', email);
    const accept = (password: string) => kit.open().accounts.accept({ token, name: 'Ada', password }, 'elsewhere');
    expect(await codeOf(accept('another password'))).toBe('TOKEN_INVALID');
    expect(await accept(PASSWORD)).toEqual({ userId });
    expect(await kit.world.directory.membership(tenant.id, userId)).toMatchObject({ role: 'EDITOR' });
  });
});

describe('a session', () => {
  it('is refused on another device, after it has ended, and after an hour without use', async () => {
    const { signIn, sessions, owner } = await kit.joined();
    const { token } = await signIn();
    expect(await codeOf(sessions.verify(token, { ...BROWSER, 'user-agent': 'Curl' }))).toBe('TOKEN_INVALID');
    expect(await codeOf(sessions.verify(token, { ...BROWSER, 'x-device-id': 'phone' }))).toBe('TOKEN_INVALID');
    kit.clock.now += 3_000_000;
    expect(await codeOf(sessions.verify(token, BROWSER))).toBe('fine');
    kit.clock.now += 3_000_000;
    expect(await codeOf(sessions.verify(token, BROWSER))).toBe('fine');
    kit.clock.now += 3_700_000;
    expect(await codeOf(sessions.verify(token, BROWSER))).toBe('TOKEN_EXPIRED');
    const next = await signIn();
    await sessions.end(owner);
    expect(await codeOf(sessions.verify(next.token, BROWSER))).toBe('TOKEN_INVALID');
  });

  it('too many ends the oldest', async () => {
    const { signIn, sessions } = await kit.joined();
    const tokens: string[] = [];
    for (let number = 0; number < 4; number += 1) {
      kit.clock.now += 1_000;
      tokens.push((await signIn()).token);
    }
    const codes = await Promise.all(tokens.map((token) => codeOf(sessions.verify(token, BROWSER))));
    expect(codes).toEqual(['TOKEN_INVALID', 'fine', 'fine', 'fine']);
  });

  it('of another tenant, or with another secret, is none', async () => {
    const { signIn, sessions, owner } = await kit.joined();
    const { token } = await signIn();
    const other = await kit.joined();
    const elsewhere = token.replace(owner.tenantId, other.tenantId);
    const guessed = token.slice(0, -43) + randomBytes(32).toString('base64url');
    for (const forged of [elsewhere, guessed, token.replace(owner.userId, other.userId), 'ps_x']) {
      expect(await codeOf(sessions.verify(forged, BROWSER)), forged).toBe('TOKEN_INVALID');
    }
  });

  it('ends with the password', async () => {
    const { signIn, sessions, owner, accounts } = await kit.joined();
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
    const { tenant, signIn } = await kit.joined();
    const { token } = await signIn();
    const ask = kit.identify();
    const headers = { ...BROWSER, authorization: `Bearer ${token}` };
    expect(await codeOf(ask(headers))).toBe('fine');
    await kit.world.system.setTenantStatus(tenant.id, 'SUSPENDED');
    await expectWithin(
      1_000,
      () => codeOf(ask(headers)),
      (code) => code === 'TENANT_SUSPENDED',
    );
  });
});
