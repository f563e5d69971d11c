import { deriveSealingKeys, type SealingKeys, seal, unsealWithAny } from '#platform/sealing';

/**
 * Encrypts a password for `admin.database_connections`. The name of the
 * connection is authenticated with it, so that the password of one row does not
 * open in another, where it would be sent to another host.
 * @returns `v1.` and base64url of nonce, tag and text
 */
export function sealPassword(password: string, name: string, secrets: readonly [string, ...string[]]): string {
  const [key] = keysOf(secrets);
  return `v1.${seal(Buffer.from(password), key, Buffer.from(name)).toString('base64url')}`;
}

/** Tries every secret, so that they can be rotated. @throws Error that names the connection and nothing else */
export function openPassword(sealed: string, name: string, secrets: readonly [string, ...string[]]): string {
  const bytes = sealed.startsWith('v1.') ? Buffer.from(sealed.slice(3), 'base64url') : Buffer.alloc(0);
  const password = unsealWithAny(bytes, keysOf(secrets), Buffer.from(name));
  if (password) return password.toString('utf8');
  throw new Error(`The password of the connection ${name} was not sealed with a secret of this installation.`);
}

const keysOf = (secrets: readonly [string, ...string[]]): SealingKeys =>
  deriveSealingKeys(secrets, 'database connections');
