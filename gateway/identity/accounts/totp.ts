import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';

/** RFC 6238 with what authenticator apps understand: SHA-1, six digits, thirty seconds. */
export interface SecondFactor {
  /** A new secret for a person's app. `uri` is what a QR code of it holds. */
  create(email: string): { readonly cipher: string; readonly secret: string; readonly uri: string };
  /** @returns the time step of the code, to be taken once; undefined where it is none of this or a neighbouring step */
  stepOf(cipher: string, code: string, now?: number): number | undefined;
}

/** Secrets are kept under AES-256-GCM: whoever reads the table has no second factor. The first secret seals, all open. */
export function createSecondFactor(secrets: readonly [string, ...string[]]): SecondFactor {
  const keys = secrets.map((secret) => Buffer.from(hkdfSync('sha256', secret, 'polygraph', 'second factor', 32)));
  return {
    create(email) {
      const secret = new Secret({ size: 20 });
      const totp = new TOTP({ issuer: 'Polygraph', label: email, secret, ...FORM });
      return { cipher: seal(secret.base32, keys), secret: secret.base32, uri: totp.toString() };
    },
    stepOf(cipher, code, now = Date.now()) {
      if (!/^\d{6}$/.test(code)) return undefined;
      const totp = new TOTP({ secret: Secret.fromBase32(open(cipher, keys)), ...FORM });
      const delta = totp.validate({ token: code, timestamp: now, window: 1 });
      return delta === null ? undefined : Math.floor(now / 1_000 / FORM.period) + delta;
    },
  };
}

/** Ten codes of 80 random bits: no dictionary holds them, so a plain hash is kept of each. */
export function createRecoveryCodes(): { readonly codes: string[]; readonly hashes: string[] } {
  const codes = Array.from({ length: 10 }, () =>
    randomBytes(10)
      .toString('hex')
      .replace(/.{5}(?=.)/g, '$&-'),
  );
  return { codes, hashes: codes.map(hashRecoveryCode) };
}

export const hashRecoveryCode = (code: string): string =>
  createHash('sha256')
    .update(code.toLowerCase().replace(/[^0-9a-f]/g, ''))
    .digest('hex');

const FORM = { algorithm: 'SHA1', digits: 6, period: 30 } as const;

function seal(text: string, [key]: readonly Buffer[]): string {
  if (!key) throw new TypeError('There is no secret to seal with.');
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64');
}

function open(text: string, keys: readonly Buffer[]): string {
  const all = Buffer.from(text, 'base64');
  for (const key of keys) {
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, all.subarray(0, 12)).setAuthTag(all.subarray(12, 28));
      return decipher.update(all.subarray(28), undefined, 'utf8') + decipher.final('utf8');
    } catch {
      // Sealed with another of them.
    }
  }
  throw new Error('A second factor was sealed with a secret that is not among POLYGRAPH_SECRETS.');
}
