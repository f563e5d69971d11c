import { z } from 'zod';
import { dangerouslyOpenKeys, type OwnKeysOptions } from './own-keys.ts';

/** What devices are asked to sign: random, good for one answer within five minutes, for the purpose that it was given for. */
export interface Challenges {
  /** @param purpose what it is for, who may answer, and the challenge itself */
  give(tenantId: string, purpose: readonly string[]): Promise<void>;
  /** @returns false where it was not given for that, is too old, or was answered: of two answers at once, one counts */
  take(tenantId: string, purpose: readonly string[]): Promise<boolean>;
}

/** In Redis under the tenant's own keys, so that whichever gateway gave one, any takes the answer. */
export function createChallenges(options: OwnKeysOptions): Challenges {
  const keysOf = (tenantId: string) => dangerouslyOpenKeys(options, tenantId, 'passkeys');
  const keyOf = (purpose: readonly string[]) => ({ area: 'challenge', parts: purpose });
  return {
    give: async (tenantId, purpose) => (await keysOf(tenantId)).set(keyOf(purpose), true, SECONDS),
    take: async (tenantId, purpose) => (await (await keysOf(tenantId)).take(keyOf(purpose))) === true,
  };
}

/** The challenge that an answer says it is one to; '' where it says none. Nothing is believed of it yet. */
export function challengeOf(clientDataJSON: string): string {
  try {
    const said: unknown = JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString('utf8'));
    return SAID.parse(said).challenge;
  } catch {
    return '';
  }
}

const SAID = z.object({ challenge: z.string().max(200) });
const SECONDS = 300;
