import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JSONWebKeySet,
  type JWK,
  SignJWT,
} from 'jose';
import type { TokenRules } from './token.ts';

/** An identity provider for one machine: it signs whatever it is asked to, so it never runs in production. */
export interface LocalIssuer {
  /** @param lifetimeSeconds 12 hours unless told; negative makes an expired token, for tests */
  issue(who: { userId: string; tenantId: string; lifetimeSeconds?: number }): Promise<string>;
  /** What /.well-known/jwks.json serves: public keys only. */
  readonly jwks: JSONWebKeySet;
  readonly keys: TokenRules['keys'];
}

export interface LocalIssuerOptions {
  /** Where the private key is kept between starts, readable by its owner only. */
  dir: string;
  issuer: string;
  audience: string;
  tenantClaim: string;
}

export async function createLocalIssuer({
  dir,
  issuer,
  audience,
  tenantClaim,
}: LocalIssuerOptions): Promise<LocalIssuer> {
  const secretJwk = await readOrMakeKey(join(dir, 'issuer-key.json'));
  const { d: _secret, ...publicJwk } = secretJwk;
  const signingKey = await importJWK(secretJwk, 'EdDSA');
  const kid = await calculateJwkThumbprint(publicJwk);
  const jwks = { keys: [{ ...publicJwk, kid, alg: 'EdDSA', use: 'sig' }] };
  return {
    jwks,
    keys: createLocalJWKSet(jwks),
    issue({ userId, tenantId, lifetimeSeconds = 12 * 3_600 }) {
      const now = Math.floor(Date.now() / 1000);
      return new SignJWT({ [tenantClaim]: tenantId })
        .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT', kid })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(userId)
        .setIssuedAt(Math.min(now, now + lifetimeSeconds))
        .setExpirationTime(now + lifetimeSeconds)
        .sign(signingKey);
    },
  };
}

async function readOrMakeKey(file: string): Promise<JWK> {
  const kept = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (kept !== undefined) return JSON.parse(kept) as JWK;
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  const made = await exportJWK(privateKey);
  await mkdir(join(file, '..'), { recursive: true, mode: 0o700 });
  await writeFile(file, `${JSON.stringify(made)}\n`, { mode: 0o600, flag: 'wx' });
  return made;
}
