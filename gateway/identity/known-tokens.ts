import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { type TokenRules, type VerifiedToken, verifyToken } from './token.ts';

export interface KnownTokensOptions {
  rules: TokenRules;
  /** How long a signature is believed without looking at it again: a key that is withdrawn is refused within it. */
  freshSeconds: number;
  maxTokens?: number;
  now: () => number;
}

/**
 * Verifies a token once in a few seconds instead of on each request: checking a
 * signature costs as much as the rest of a small operation's admission. Only
 * success is remembered, never beyond the token's own end, and by its hash, so
 * that this memory holds nothing one could sign in with.
 * @throws PolygraphError as verifyToken
 */
export function createTokenVerifier({
  rules,
  freshSeconds,
  maxTokens = 10_000,
  now,
}: KnownTokensOptions): (token: string) => Promise<VerifiedToken> {
  const known = new LRUCache<string, { token: VerifiedToken; until: number }>({ max: maxTokens });
  return async (text) => {
    const hash = createHash('sha256').update(text).digest('base64url');
    const entry = known.get(hash);
    if (entry && now() < entry.until) return entry.token;
    const token = await verifyToken(text, rules);
    known.set(hash, { token, until: Math.min(now() + freshSeconds * 1_000, token.expiresAt) });
    return token;
  };
}
