import { hkdfSync } from 'node:crypto';
import { deriveSealingKeys, type SealingKeys } from '#platform/sealing';
import { placeNameOf } from '../../place-name.ts';

/**
 * What the passwords of tenants' own users are derived from: the first is the one of now, the others those of before
 * a rotation. A process that serves documents alone is given these, and not the secrets.
 */
export const documentKeys = (secrets: readonly [string, ...string[]]): SealingKeys =>
  deriveSealingKeys(secrets, 'mongo users of tenants');

/** Derived, so that no password is stored and every process that serves documents knows it. */
export function passwordOfTenant(tenantId: string, key: Buffer): string {
  return Buffer.from(hkdfSync('sha256', key, 'polygraph', placeNameOf(tenantId), 32)).toString('base64url');
}

/** @returns the URLs, by key, with which the tenant's own user connects; it is known in its own database alone */
export function urlsOfTenant(url: string, tenantId: string, [first, ...others]: SealingKeys): [string, ...string[]] {
  const name = placeNameOf(tenantId);
  const urlWith = (key: Buffer): string => {
    const own = new URL(url);
    own.username = name;
    own.password = passwordOfTenant(tenantId, key);
    own.pathname = `/${name}`;
    own.searchParams.set('authSource', name);
    return own.href;
  };
  return [urlWith(first), ...others.map(urlWith)];
}
