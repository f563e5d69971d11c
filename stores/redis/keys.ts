import { createHash } from 'node:crypto';
import type { TenantContext } from '#tenancy/context';

/**
 * What a key is about (`rate`, `answer`) and what tells it from its siblings.
 * `parts` may hold anything a client sent: they are hashed, never spliced.
 */
export interface RedisKey {
  readonly area: string;
  readonly parts: readonly string[];
}

/**
 * `tenant:{<id>}:<area>:<hash>`. The braces are Redis' hash tag: all keys of a
 * tenant live in one cluster slot, and an ACL pattern can name them.
 */
export function tenantKey(tenant: TenantContext, { area, parts }: RedisKey): string {
  return `tenant:{${tenant.tenantId}}:${checked(area)}:${hashParts(parts)}`;
}

/** `attempts:{all}:<kind>:<hash>`: of no tenant. What is counted in one command lies in one cluster slot. */
export function attemptKey(kind: string, parts: readonly string[]): string {
  return `attempts:{all}:${checked(kind)}:${hashParts(parts)}`;
}

function checked(area: string): string {
  if (AREA.test(area)) return area;
  throw new TypeError(`The area of a Redis key is a lower-case word; got ${JSON.stringify(area)}.`);
}

/** Each part goes in with its length, so that ["a:b", "c"] and ["a", "b:c"] differ. */
function hashParts(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest('base64url');
}

const AREA = /^[a-z][a-z-]{0,31}$/;
