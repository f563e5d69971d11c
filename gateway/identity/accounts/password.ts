import { hash, verify } from '@node-rs/argon2';
import { PolygraphError } from '#platform/errors';

/** Argon2id with what OWASP names as the least: 19 MiB, two passes. About 30 ms of a core. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** @throws PolygraphError BAD_USER_INPUT. Length alone is asked for: rules about signs make passwords worse (NIST 800-63B). */
export function checkNewPassword(password: string): string {
  const { length } = [...password];
  if (length >= 12 && length <= 200) return password;
  throw new PolygraphError('BAD_USER_INPUT', 'A password has 12 to 200 characters.');
}

export const hashPassword = (password: string): Promise<string> => hash(password.normalize('NFKC'), COST);

/** Takes as long for somebody who is not known, or has no password, as for a wrong one. */
export async function isPassword(kept: string | null | undefined, password: string): Promise<boolean> {
  const same = await verify(kept ?? (await NOBODY), password.slice(0, 200).normalize('NFKC'));
  return same && typeof kept === 'string';
}

const NOBODY = hashPassword('whatever this is, it is not compared with success');
