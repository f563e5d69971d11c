import { z } from 'zod';

/**
 * What browsers send of a device's answer (`PublicKeyCredential.toJSON()`), as far as it is used. What it means is checked
 * by the library; this keeps out what is of another form, or without end.
 */
const base64url = (most: number) =>
  z
    .string()
    .regex(/^[A-Za-z0-9_-]*$/, 'is base64url')
    .max(most);
const TRANSPORTS = ['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'] as const;
const known = {
  id: base64url(1_400).min(16),
  rawId: base64url(1_400),
  type: z.literal('public-key'),
  clientExtensionResults: z.object({}).default({}),
};

export const PasskeyRegistration = z.object({
  ...known,
  response: z.object({
    clientDataJSON: base64url(4_000),
    attestationObject: base64url(20_000),
    transports: z
      .array(z.enum(TRANSPORTS).or(z.string().max(20)))
      .max(10)
      .default([])
      .transform(asTransports),
  }),
});
export type PasskeyRegistration = z.output<typeof PasskeyRegistration>;

export const PasskeyProof = z.object({
  ...known,
  response: z.object({
    clientDataJSON: base64url(4_000),
    authenticatorData: base64url(4_000),
    signature: base64url(4_000),
    /** Whose key it is: there where the device keeps the key, which we ask it to. */
    userHandle: base64url(200),
  }),
});
export type PasskeyProof = z.output<typeof PasskeyProof>;

/** Those that there are: browsers may come to know others. */
export function asTransports(names: readonly string[]): (typeof TRANSPORTS)[number][] {
  return TRANSPORTS.filter((transport) => names.includes(transport));
}
