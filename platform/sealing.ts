import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** Of 32 bytes. The first seals, all open, so that they can be rotated. */
export type SealingKeys = readonly [Buffer, ...Buffer[]];

/** Keys of one purpose: whoever is given them can neither find the secrets nor the keys of another purpose. */
export function deriveSealingKeys([first, ...others]: readonly [string, ...string[]], purpose: string): SealingKeys {
  const derive = (secret: string): Buffer => Buffer.from(hkdfSync('sha256', secret, 'polygraph', purpose, KEY_BYTES));
  return [derive(first), ...others.map(derive)];
}

/** AES-256-GCM. @param bound authenticated with the text, so that it opens nowhere else @returns nonce, tag and text */
export function seal(text: Uint8Array, key: Buffer, bound: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(bound);
  const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
}

/** @returns undefined where it was sealed with another key, is bound to something else, or was altered: nobody can tell which */
export function unseal(sealed: Uint8Array, key: Buffer, bound: Uint8Array): Buffer | undefined {
  if (sealed.length < OVERHEAD_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(bound).setAuthTag(sealed.subarray(NONCE_BYTES, OVERHEAD_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(OVERHEAD_BYTES)), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** With the first key that opens it. */
export function unsealWithAny(sealed: Uint8Array, keys: SealingKeys, bound: Uint8Array): Buffer | undefined {
  for (const key of keys) {
    const text = unseal(sealed, key, bound);
    if (text) return text;
  }
  return undefined;
}

/** Lengths stand before the parts: no two lists of parts are the same bytes. */
export function boundTo(...parts: readonly (string | number)[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const bytes = Buffer.from(String(part));
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}

/** For the environment of a process that does not hold the secrets. */
export const printSealingKeys = (keys: SealingKeys): string => keys.map((key) => key.toString('base64url')).join(',');

/** Reads what `printSealingKeys` printed. @throws TypeError that does not repeat the keys */
export function parseSealingKeys(text: string): SealingKeys {
  const [first, ...others] = text.split(',').map((part) => Buffer.from(part.trim(), 'base64url'));
  if (first && [first, ...others].every(({ length }) => length === KEY_BYTES)) return [first, ...others];
  throw new TypeError('Sealing keys are of 32 bytes, in base64url, as `polygraph env --subgraph` prints them.');
}

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const OVERHEAD_BYTES = NONCE_BYTES + TAG_BYTES;
