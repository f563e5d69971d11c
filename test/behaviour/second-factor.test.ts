import { createHash } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AccountsWorld, codeOf, openAccountsWorld, PASSWORD } from '#test/kit/accounts';

let kit: AccountsWorld;
beforeAll(async () => {
  kit = await openAccountsWorld();
});
afterAll(() => kit?.close());

describe('a second factor', () => {
  const told = async ({ tenantId }: { tenantId: string }): Promise<number> => {
    const text = `SELECT count(*)::int AS n FROM audit_log WHERE tenant_id = $1 AND severity = 'CRITICAL'`;
    const [row] = await kit.world.superuser<{ n: number }>(text, [tenantId]);
    return row?.n ?? 0;
  };
  const appOf = (secret: string) => new TOTP({ secret: Secret.fromBase32(secret) });

  it('is asked for once it is confirmed; a code and a recovery code serve once each', async () => {
    const { accounts, owner, signIn } = await kit.joined();
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
    const { accounts, owner } = await kit.joined();
    const { secret } = await accounts.beginSecondFactor(owner);
    const { recoveryCodes } = await accounts.confirmSecondFactor(owner, appOf(secret).generate());
    const kept = JSON.stringify(
      await kit.world.superuser('SELECT * FROM credentials WHERE user_id = $1', [owner.userId]),
    );
    expect(kept).not.toContain(secret);
    for (const code of recoveryCodes) expect(kept).not.toContain(code);
    expect(kept).toContain(
      createHash('sha256')
        .update(recoveryCodes[0]?.replaceAll('-', '') ?? '')
        .digest('hex'),
    );
  });

  it('leaves with the password alone', async () => {
    const { accounts, owner, signIn } = await kit.joined();
    const { secret } = await accounts.beginSecondFactor(owner);
    await accounts.confirmSecondFactor(owner, appOf(secret).generate());
    expect(await codeOf(accounts.beginSecondFactor(owner))).toBe('CONFLICT');
    expect(await codeOf(accounts.removeSecondFactor(owner, 'wrong'))).toBe('TOKEN_INVALID');
    await accounts.removeSecondFactor(owner, PASSWORD);
    expect(await codeOf(signIn())).toBe('fine');
  });
});
