import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/**
 * Encrypts a password for `admin.database_connections` with AES-256-GCM. The
 * name of the connection is authenticated with it, so that the password of one
 * row does not open in another, where it would be sent to another host.
 * @returns `v1.` and base64url of nonce, tag and text
 */
export function sealPassword(password: string, name: string, [secret]: readonly [string, ...string[]]): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyOf(secret), nonce).setAAD(Buffer.from(name));
  const text = Buffer.concat([cipher.update(password, 'utf8'), cipher.final()]);
  return `v1.${Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url')}`;
}

/** Tries every secret, so that they can be rotated. @throws Error that names the connection and nothing else */
export function openPassword(sealed: string, name: string, secrets: readonly [string, ...string[]]): string {
  const bytes = Buffer.from(sealed.replace(/^v1\./, ''), 'base64url');
  const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
  for (const secret of sealed.startsWith('v1.') && tag.length === TAG_BYTES ? secrets : []) {
    const decipher = createDecipheriv('aes-256-gcm', keyOf(secret), bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(name)).setAuthTag(tag);
    try {
      return decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
    } catch {
      // Sealed with another secret, or altered: only the last of them can tell.
    }
  }
  throw new Error(`The password of the connection ${name} was not sealed with a secret of this installation.`);
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

function keyOf(secret: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, 'polygraph', 'database connections', 32));
}
