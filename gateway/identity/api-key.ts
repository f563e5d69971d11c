import { timingSafeEqual } from 'node:crypto';
import { hashApiKey } from '#tenancy/api-key';
import type { Directory } from '#tenancy/directory';
import { isTenantScope, type Scope } from '#tenancy/roles';
import { refused } from './refusals.ts';

export interface VerifiedApiKey {
  readonly id: string;
  readonly tenantId: string;
  readonly scopes: readonly Scope[];
}

/**
 * @throws PolygraphError TOKEN_INVALID, TOKEN_EXPIRED. A prefix that does not
 * exist and a wrong secret give the same message and do the same comparison, so
 * that prefixes cannot be enumerated.
 */
export async function verifyApiKey(key: string, directory: Directory, now: number): Promise<VerifiedApiKey> {
  const prefix = FORM.exec(key)?.[1];
  if (!prefix) throw refused('TOKEN_INVALID', 'The API key is not of the form pg_<prefix>_<secret>.');
  const record = await directory.apiKey(prefix);
  const same = sameHash(record?.hash ?? NOBODY, hashApiKey(key));
  if (!record || !same) throw refused('TOKEN_INVALID', 'The API key is not known.');
  if (record.revokedAt) throw refused('TOKEN_INVALID', 'The API key has been revoked.');
  if (record.expiresAt && record.expiresAt.getTime() <= now) {
    throw refused('TOKEN_EXPIRED', 'The API key has expired.');
  }
  return { id: record.id, tenantId: record.tenantId, scopes: grantable(record.scopes) };
}

/** A key serves one tenant: what PLATFORM_ADMIN alone may do is never done by key, whatever a row says. */
function grantable(scopes: readonly Scope[]): readonly Scope[] {
  return [...new Set(scopes.filter(isTenantScope))].sort();
}

function sameHash(known: string, given: string): boolean {
  const [a, b] = [Buffer.from(known, 'hex'), Buffer.from(given, 'hex')];
  return a.length === b.length && timingSafeEqual(a, b);
}

const FORM = /^pg_([0-9a-f]{12})_[A-Za-z0-9_-]{43}$/;
const NOBODY = '0'.repeat(64);
