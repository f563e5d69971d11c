import { createHmac, timingSafeEqual } from 'node:crypto';
import { type ErrorCode, PolygraphError } from '#platform/errors';
import { dangerouslyMintTenantContext, type TenantContext } from '../context.ts';
import { AssertionClaims, CLOCK_TOLERANCE } from './claims.ts';
import type { VerifyingKeys } from './keys.ts';
import { createReplayGuard } from './replay.ts';
import { hashBody } from './sign.ts';

/** @throws PolygraphError with one of the ASSERTION_ codes. */
export type VerifyAssertion = (assertion: string | undefined, body: string) => TenantContext;

/**
 * The only door into a subgraph. The order matters: nothing of the token is
 * believed before its signature, and a nonce is spent only by a request that
 * passed everything else (otherwise anyone could burn nonces).
 */
export function createAssertionVerifier(
  keys: VerifyingKeys,
  audience: string,
  now: () => number = Date.now,
): VerifyAssertion {
  const replay = createReplayGuard(now);
  return (assertion, body) => {
    if (!assertion) throw refusal('ASSERTION_MISSING', 'This subgraph serves requests of the gateway only.');
    const claims = readClaims(assertion, keys, audience);
    if (claims.aud !== audience) throw refusal('ASSERTION_AUDIENCE', 'The assertion is for another subgraph.');
    const seconds = now() / 1000;
    if (claims.exp + CLOCK_TOLERANCE < seconds) throw refusal('ASSERTION_EXPIRED', 'The assertion has expired.');
    if (claims.iat - CLOCK_TOLERANCE > seconds) {
      throw refusal('ASSERTION_NOT_YET_VALID', 'The assertion is from the future; check the clocks.');
    }
    if (claims.bh !== hashBody(body)) throw refusal('ASSERTION_BODY', 'The body is not the one that was signed.');
    if (!replay.spend(claims.jti, claims.exp)) {
      throw refusal('ASSERTION_REPLAYED', 'The assertion has been used before.');
    }
    return dangerouslyMintTenantContext({
      tenantId: claims.ten,
      tier: claims.tier,
      principal: { kind: claims.knd, id: claims.sub },
      roles: claims.rol,
      scopes: claims.scp,
      ...(claims.agr ? { agreed: claims.agr } : {}),
    });
  };
}

function readClaims(assertion: string, keys: VerifyingKeys, audience: string): AssertionClaims {
  const [header, payload, signature, ...rest] = assertion.split('.');
  if (!header || !payload || !signature || rest.length > 0) throw forged();
  const { alg, kid } = decode(header) as { alg?: unknown; kid?: unknown };
  if (alg !== 'HS256' || typeof kid !== 'string') throw forged();
  const claims = AssertionClaims.safeParse(decode(payload));
  // A token for another subgraph is signed with another key: name the true reason only when that key is known here.
  const signedFor = claims.success ? claims.data.aud : audience;
  const key = keys.verifying(signedFor, kid);
  if (!key) throw refusal('ASSERTION_KEY_UNKNOWN', 'The assertion is signed with a key that is not known here.');
  if (!sameBytes(createHmac('sha256', key).update(`${header}.${payload}`).digest(), signature)) throw forged();
  if (!claims.success) throw forged();
  return claims.data;
}

function decode(part: string): object {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function sameBytes(expected: Buffer, given: string): boolean {
  const bytes = Buffer.from(given, 'base64url');
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}

const forged = (): PolygraphError => refusal('ASSERTION_INVALID', 'The assertion is not one of this gateway.');
const refusal = (code: ErrorCode, message: string): PolygraphError => new PolygraphError(code, message);
