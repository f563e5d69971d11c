import { createHash, randomBytes } from 'node:crypto';

/** A new key. `key` is shown once; only `prefix` and `hash` are kept. */
export function createApiKey(): { key: string; prefix: string; hash: string } {
  const prefix = randomBytes(6).toString('hex');
  const key = `pg_${prefix}_${randomBytes(32).toString('base64url')}`;
  return { key, prefix, hash: hashApiKey(key) };
}

/** SHA-256 suffices, unlike for passwords: a key is 256 random bits, which no dictionary holds. */
export function hashApiKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
