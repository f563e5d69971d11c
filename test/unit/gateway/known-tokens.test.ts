import { randomUUID } from 'node:crypto';
import { generateKeyPair, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { createTokenVerifier } from '#gateway/identity/known-tokens';

const RULES = { issuer: 'https://issuer.example', audience: 'polygraph', tenantClaim: 'tenant' };

/** A verifier whose clock and key the test decides. */
async function setUp(lifetimeSeconds = 3_600) {
  const [issued, other] = [await generateKeyPair('EdDSA'), await generateKeyPair('EdDSA')];
  const clock = { now: Date.now(), key: issued.publicKey, looked: 0 };
  const keys = async () => {
    clock.looked += 1;
    return clock.key;
  };
  const token = await new SignJWT({ tenant: randomUUID() })
    .setProtectedHeader({ alg: 'EdDSA' })
    .setIssuer(RULES.issuer)
    .setAudience(RULES.audience)
    .setSubject(randomUUID())
    .setExpirationTime(Math.floor(clock.now / 1_000) + lifetimeSeconds)
    .sign(issued.privateKey);
  const verify = createTokenVerifier({ rules: { ...RULES, keys }, freshSeconds: 5, now: () => clock.now });
  return { clock, token, verify, withdraw: () => Object.assign(clock, { key: other.publicKey }) };
}

test('a signature is looked at once within its seconds, and gives the same person', async () => {
  const { clock, token, verify } = await setUp();
  expect(await verify(token)).toEqual(await verify(token));
  expect(clock.looked).toBe(1);
});

test('a key that was withdrawn is refused once the seconds are over', async () => {
  const { clock, token, verify, withdraw } = await setUp();
  await verify(token);
  withdraw();
  clock.now += 5_000;
  await expect(verify(token)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
});

test('a token is not remembered beyond its own end', async () => {
  const { clock, token, verify } = await setUp(2);
  await verify(token);
  clock.now += 2_000;
  await verify(token);
  expect(clock.looked).toBe(2);
});

test('a token that differs in one character is looked at anew and refused', async () => {
  const { clock, token, verify } = await setUp();
  await verify(token);
  const [head, payload, signature = ''] = token.split('.');
  const altered = [head, payload, `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`].join('.');
  for (const _ of [1, 2]) await expect(verify(altered)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  expect(clock.looked).toBe(3);
});
