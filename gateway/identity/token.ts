import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { PolygraphError } from '#platform/errors';
import { UUID_IN_ANY_CASE } from '#platform/uuid';
import { refused } from './refusals.ts';

export interface TokenRules {
  issuer: string;
  audience: string;
  /** The claim that names the tenant. */
  tenantClaim: string;
  /** Where public keys come from. Nothing in a token (`jku`, `jwk`, `x5u`) can name another source. */
  keys: JWTVerifyGetKey;
}

export interface VerifiedToken {
  readonly userId: string;
  readonly tenantId: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/**
 * Reads who and where from a signed token, and nothing else: what the user may
 * do comes from the membership, so that a revoked role ends with the cache and
 * not with the token.
 * @throws PolygraphError TOKEN_INVALID, TOKEN_EXPIRED, IDENTITY_UNAVAILABLE
 */
export async function verifyToken(token: string, rules: TokenRules): Promise<VerifiedToken> {
  const payload = await verifySignature(token, rules);
  const [userId, tenantId] = [payload.sub, payload[rules.tenantClaim]].map(asUuid);
  if (!userId) throw refused('TOKEN_INVALID', 'The `sub` of the token is not the UUID of a user.');
  if (!tenantId)
    throw refused('TOKEN_INVALID', `The \`${rules.tenantClaim}\` of the token is not the UUID of a tenant.`);
  return { userId, tenantId, expiresAt: (payload.exp ?? 0) * 1_000 };
}

/** Keys of an identity provider, fetched when first needed and again when an unknown key id appears. */
export function remoteKeys(url: string): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(url), { timeoutDuration: 3_000, cooldownDuration: 10_000 });
}

async function verifySignature(
  token: string,
  { issuer, audience, tenantClaim, keys }: TokenRules,
): Promise<JWTPayload> {
  try {
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      algorithms: [...ALGORITHMS],
      issuer,
      audience,
      requiredClaims: ['sub', 'exp', tenantClaim],
      clockTolerance: 5,
    });
    // An ID token or a logout token of the same issuer is no key to an API. Some issuers leave `typ` out.
    const type = protectedHeader.typ?.toLowerCase() ?? 'jwt';
    if (type !== 'jwt' && type !== 'at+jwt') throw refused('TOKEN_INVALID', `A token of type ${type} is not accepted.`);
    return payload;
  } catch (error) {
    throw translate(error);
  }
}

function translate(error: unknown): PolygraphError {
  if (error instanceof PolygraphError) return error;
  if (error instanceof errors.JWTExpired) return refused('TOKEN_EXPIRED', 'The token has expired.', error);
  if (error instanceof errors.JWTClaimValidationFailed) {
    return refused('TOKEN_INVALID', `The \`${error.claim}\` of the token is missing or not the expected one.`, error);
  }
  if (isAboutTheToken(error)) return refused('TOKEN_INVALID', 'The token is not one of a trusted issuer.', error);
  return refused('IDENTITY_UNAVAILABLE', 'The keys of the identity provider cannot be read at the moment.', error);
}

/** Fetching keys fails with jose's generic error, its time-out or a network error; all else is the token's fault. */
function isAboutTheToken(error: unknown): boolean {
  const { JOSEError, JWKSTimeout, JWKSInvalid } = errors;
  if (!(error instanceof JOSEError)) return error instanceof TypeError && !('cause' in error);
  return error.code !== 'ERR_JOSE_GENERIC' && !(error instanceof JWKSTimeout) && !(error instanceof JWKSInvalid);
}

function asUuid(value: unknown): string | undefined {
  return typeof value === 'string' && UUID_IN_ANY_CASE.test(value) ? value.toLowerCase() : undefined;
}

/** No symmetric algorithm: with one, a public key would be a signing key. */
const ALGORITHMS = ['EdDSA', 'Ed25519', 'ES256', 'RS256'] as const;
