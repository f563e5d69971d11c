import type { IncomingHttpHeaders } from 'node:http';
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { PolygraphError } from '#platform/errors';
import { NOBODY } from '#platform/uuid';
import type { AccountStore } from '#stores/postgres/accounts';
import type { NewPasskey, PasskeySummary } from '#stores/postgres/passkeys';
import type { Directory } from '#tenancy/directory';
import { refused } from '../refusals.ts';
import { type Challenges, challengeOf } from './challenges.ts';
import type { Notes } from './notes.ts';
import { asTransports, type PasskeyProof, type PasskeyRegistration } from './passkey-shapes.ts';
import type { SessionOwner, Sessions } from './sessions.ts';
import type { Throttle } from './throttle.ts';

/**
 * Signing in with what a device keeps (WebAuthn). The device asks for a look, a
 * touch or a PIN each time, so it is possession and person in one, and no code is
 * asked for besides. The page never learns whose key it will be: no list of keys
 * is sent to somebody who is not known, so there is nothing to enumerate.
 */
export interface Passkeys {
  /** What the browser asks the device with. Asks for the password: a stolen session must not become a lasting key. */
  beginAdding(owner: SessionOwner, password: string): Promise<PublicKeyCredentialCreationOptionsJSON>;
  /** @throws PolygraphError BAD_USER_INPUT, LIMIT_EXCEEDED */
  add(owner: SessionOwner, given: { name: string; response: PasskeyRegistration }): Promise<void>;
  list(owner: SessionOwner): Promise<readonly PasskeySummary[]>;
  remove(owner: SessionOwner, credentialId: string, password: string): Promise<boolean>;
  /** @throws PolygraphError RATE_LIMITED */
  beginSignIn(tenant: string, address: string): Promise<PublicKeyCredentialRequestOptionsJSON>;
  /** @throws PolygraphError TOKEN_INVALID for whatever is wrong, RATE_LIMITED */
  signIn(
    given: { tenant: string; response: PasskeyProof },
    address: string,
    headers: IncomingHttpHeaders,
  ): Promise<{ token: string; expiresAt: Date }>;
}

export interface PasskeysOptions {
  /** The domain keys belong to; pages of it and its subdomains may use them. */
  readonly domain: string;
  /** Of these pages alone, each exactly. */
  readonly origins: readonly string[];
  readonly store: AccountStore;
  readonly directory: Pick<Directory, 'membership'>;
  readonly sessions: Sessions;
  readonly challenges: Challenges;
  readonly throttle: Throttle;
  readonly notes: Notes;
  readonly checkPassword: (owner: SessionOwner, password: string) => Promise<void>;
}

export function createPasskeys(options: PasskeysOptions): Passkeys {
  const { domain, origins, store, directory, sessions, challenges, throttle, notes, checkPassword } = options;
  const expected = { expectedOrigin: [...origins], expectedRPID: domain, requireUserVerification: true };

  /** Who the proof shows, and with what count of uses. */
  const prove = async (response: PasskeyProof, challenge: string) => {
    const passkey = await store.findPasskey(response.id);
    if (!passkey || response.response.userHandle !== handleOf(passkey.userId)) return undefined;
    const { credentialId: id, publicKey, signCount: counter } = passkey;
    const credential = { id, publicKey: new Uint8Array(publicKey), counter: NOT_COMPARED };
    const answer = { response, expectedChallenge: challenge, credential, ...expected };
    const { verified, authenticationInfo } = await verifyAuthenticationResponse(answer);
    return verified ? { ...passkey, before: counter, now: authenticationInfo.newCounter } : undefined;
  };

  return {
    async beginAdding(owner, password) {
      await checkPassword(owner, password);
      const [person, known] = await Promise.all([
        store.findPerson({ userId: owner.userId }),
        store.listPasskeys(owner.userId),
      ]);
      const made = await generateRegistrationOptions({
        ...{ rpName: 'Polygraph', rpID: domain, attestationType: 'none' },
        ...{ userName: person?.email ?? '', userID: new TextEncoder().encode(owner.userId) },
        // One key a device.
        excludeCredentials: known.map(({ credentialId: id, transports }) => ({
          id,
          transports: asTransports(transports),
        })),
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      });
      await challenges.give(owner.tenantId, ['add', owner.userId, made.challenge]);
      return made;
    },

    async add(owner, { name, response }) {
      const challenge = challengeOf(response.response.clientDataJSON);
      const isOurs = await challenges.take(owner.tenantId, ['add', owner.userId, challenge]);
      const found = isOurs ? await verifyNew(response, challenge, expected) : undefined;
      if (!found)
        throw new PolygraphError('BAD_USER_INPUT', 'The device did not answer what it was asked; begin anew.');
      if (await store.addPasskey(owner.userId, { ...found, name }, MOST)) return;
      throw new PolygraphError('LIMIT_EXCEEDED', `A person has at most ${MOST} passkeys, and each of them once.`, {
        facts: { limit: MOST },
      });
    },

    list: ({ userId }) => store.listPasskeys(userId),

    async remove(owner, credentialId, password) {
      await checkPassword(owner, password);
      return store.removePasskey(owner.userId, credentialId);
    },

    async beginSignIn(slug, address) {
      await throttle.ask(address);
      const tenantId = await store.findTenant(slug);
      const made = await generateAuthenticationOptions({ rpID: domain, userVerification: 'required' });
      // A tenant that there is not is answered like any other, and what is kept for it leads nowhere.
      await challenges.give(tenantId ?? NOBODY, ['sign in', address, made.challenge]);
      return made;
    },

    signIn({ tenant: slug, response }, address, headers) {
      return throttle.attempt(response.id, address, async () => {
        const wrong = () => refused('TOKEN_INVALID', 'Tenant or passkey is wrong.');
        const tenantId = (await store.findTenant(slug)) ?? NOBODY;
        const challenge = challengeOf(response.response.clientDataJSON);
        const isOurs = await challenges.take(tenantId, ['sign in', address, challenge]);
        const shown = isOurs ? await prove(response, challenge).catch(() => undefined) : undefined;
        const member = await directory.membership(tenantId, shown?.userId ?? NOBODY);
        if (!shown || !member) throw wrong();
        const owner = { tenantId, userId: shown.userId };
        // A device that counts never says the same twice: what does is a copy of it.
        const isCopy = shown.now <= shown.before && (shown.now > 0 || shown.before > 0);
        if (isCopy || !(await store.notePasskeyUse(owner.userId, shown.credentialId, shown.now))) {
          void notes.add(owner, 'person.passkeyCopied', 'CRITICAL');
          throw wrong();
        }
        await notes.add(owner, 'person.signIn', 'INFO');
        return sessions.start(owner, headers);
      });
    },
  };
}

/** @returns undefined where the answer is not one to the challenge, of one of our pages, by a person */
async function verifyNew(
  response: PasskeyRegistration,
  expectedChallenge: string,
  expected: { expectedOrigin: string[]; expectedRPID: string; requireUserVerification: boolean },
): Promise<Omit<NewPasskey, 'name'> | undefined> {
  const checked = await verifyRegistrationResponse({ response, expectedChallenge, ...expected }).catch(() => undefined);
  if (!checked?.verified) return undefined;
  const { id, publicKey, counter, transports = [] } = checked.registrationInfo.credential;
  return { credentialId: id, publicKey: Buffer.from(publicKey), signCount: counter, transports };
}

const handleOf = (userId: string): string => Buffer.from(userId).toString('base64url');
const MOST = 10;
/** Counts are compared here, so that a copy is told from a proof that is wrong. */
const NOT_COMPARED = 0;
