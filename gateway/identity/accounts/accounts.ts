import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { PolygraphError } from '#platform/errors';
import { NOBODY, UUID } from '#platform/uuid';
import type { AccountStore, Person } from '#stores/postgres/accounts';
import type { Directory } from '#tenancy/directory';
import { refused } from '../refusals.ts';
import type { Notes } from './notes.ts';
import { checkNewPassword, hashPassword, isPassword } from './password.ts';
import type { SessionOwner, Sessions } from './sessions.ts';
import type { Throttle } from './throttle.ts';
import { createRecoveryCodes, hashRecoveryCode, type SecondFactor } from './totp.ts';

export interface SignIn {
  readonly tenant: string;
  readonly email: string;
  readonly password: string;
  /** Six digits of the app, or a recovery code. */
  readonly code?: string | undefined;
}

export interface Acceptance {
  readonly token: string;
  readonly name: string;
  readonly password: string;
}

/** What people do about their own accounts. */
export interface Accounts {
  /** @throws PolygraphError TOKEN_INVALID for whatever is wrong, SECOND_FACTOR_REQUIRED, RATE_LIMITED */
  signIn(given: SignIn, address: string, headers: IncomingHttpHeaders): Promise<{ token: string; expiresAt: Date }>;
  accept(given: Acceptance, address: string): Promise<{ userId: string }>;
  /** Ends every session of the person, in all tenants. */
  changePassword(owner: SessionOwner, given: { current: string; next: string }): Promise<void>;
  beginSecondFactor(owner: SessionOwner): Promise<{ secret: string; uri: string }>;
  confirmSecondFactor(owner: SessionOwner, code: string): Promise<{ recoveryCodes: readonly string[] }>;
  removeSecondFactor(owner: SessionOwner, password: string): Promise<void>;
  /** Before what a stolen session must not be enough for. @throws PolygraphError TOKEN_INVALID, RATE_LIMITED */
  checkPassword(owner: SessionOwner, password: string): Promise<void>;
}

export interface AccountsOptions {
  store: AccountStore;
  directory: Pick<Directory, 'membership'>;
  sessions: Sessions;
  secondFactor: SecondFactor;
  throttle: Throttle;
  notes: Notes;
}

export function createAccounts(options: AccountsOptions): Accounts {
  const { store, directory, sessions, secondFactor, throttle, notes } = options;

  const takeCode = async ({ userId, totpCipher }: Person, code: string): Promise<boolean> => {
    const step = totpCipher === null ? undefined : secondFactor.stepOf(totpCipher, code);
    if (step !== undefined) return store.takeTotpStep(userId, step);
    return store.takeRecoveryCode(userId, hashRecoveryCode(code));
  };
  const personOf = async ({ userId }: SessionOwner): Promise<Person> => {
    const person = await store.findPerson({ userId });
    if (!person) throw refused('TOKEN_INVALID', 'There is no such person any more.');
    return person;
  };
  const checkPassword = async (owner: SessionOwner, password: string): Promise<void> => {
    const { userId, passwordHash } = await personOf(owner);
    await throttle.attempt(userId, userId, async () => {
      if (!(await isPassword(passwordHash, password))) throw refused('TOKEN_INVALID', 'The password is wrong.');
    });
  };

  /** Asks and computes the same for whoever is not known, so that the time tells as little as the answer. */
  const lookUp = async ({ tenant: slug, email, password }: Omit<SignIn, 'code'>) => {
    const [tenantId, person] = await Promise.all([store.findTenant(slug), store.findPerson({ email })]);
    const [proved, membership] = await Promise.all([
      isPassword(person?.passwordHash, password),
      directory.membership(tenantId ?? NOBODY, person?.userId ?? NOBODY),
    ]);
    const owner = tenantId && person && membership ? { tenantId, userId: person.userId } : undefined;
    return { person, owner, proved };
  };

  return {
    checkPassword,

    signIn({ code, ...credentials }, address, headers) {
      return throttle.attempt(credentials.email, address, async () => {
        const { person, owner, proved } = await lookUp(credentials);
        const wrong = (): PolygraphError => {
          if (owner) void notes.add(owner, 'person.signInRefused', 'ERROR');
          // One answer for all: who is known, where, and by what is not told.
          return refused('TOKEN_INVALID', 'Tenant, e-mail, password or code is wrong.');
        };
        if (!proved || !person || !owner) throw wrong();
        if (person.totpConfirmed) {
          if (!code) throw refused('SECOND_FACTOR_REQUIRED', 'This account asks for a code of its app, too.');
          if (!(await takeCode(person, code))) throw wrong();
        }
        await notes.add(owner, 'person.signIn', 'INFO');
        return sessions.start(owner, headers);
      });
    },

    accept({ token, name, password }, address) {
      return throttle.attempt(address, address, async () => {
        const invitation = await findInvitation(store, token);
        const person = await store.findPerson({ email: invitation.email });
        // Whoever invites knows the token: it must not be enough to become somebody who is there already.
        if (person && !(await isPassword(person.passwordHash, password))) {
          throw refused('TOKEN_INVALID', 'There is an account with this e-mail; its password is another.');
        }
        const passwordHash = person ? undefined : await hashPassword(checkNewPassword(password));
        const accepted = await store.acceptInvitation({ ...invitation, name, passwordHash });
        if (!accepted) throw notOpen();
        return { userId: accepted.userId };
      });
    },

    async changePassword(owner, { current, next }) {
      await checkPassword(owner, current);
      await store.setPassword(owner.userId, await hashPassword(checkNewPassword(next)));
      for (const tenantId of await store.listTenants(owner.userId)) await sessions.end({ ...owner, tenantId });
    },

    async beginSecondFactor(owner) {
      const { email } = await personOf(owner);
      const { cipher, secret, uri } = secondFactor.create(email);
      if (await store.beginTotp(owner.userId, cipher)) return { secret, uri };
      throw new PolygraphError(
        'CONFLICT',
        'There is a second factor already, or no password that it could be second to.',
      );
    },

    async confirmSecondFactor(owner, code) {
      const { totpCipher, totpConfirmed } = await personOf(owner);
      const step = totpCipher === null || totpConfirmed ? undefined : secondFactor.stepOf(totpCipher, code);
      if (step === undefined)
        throw new PolygraphError('BAD_USER_INPUT', 'The code is none of the app’s at the moment.');
      const { codes, hashes } = createRecoveryCodes();
      await store.confirmTotp(owner.userId, step, hashes);
      return { recoveryCodes: codes };
    },

    async removeSecondFactor(owner, password) {
      await checkPassword(owner, password);
      await store.removeTotp(owner.userId);
    },
  };
}

/** @throws PolygraphError NOT_FOUND */
async function findInvitation(store: AccountStore, token: string) {
  const tenantId = /^pi_([0-9a-f-]{36})_/.exec(token)?.[1] ?? '';
  const tokenHash = createHash('sha256').update(token).digest('hex');
  const invitation = UUID.test(tenantId) ? await store.findInvitation(tenantId, tokenHash) : undefined;
  if (!invitation) throw notOpen();
  return { tenantId, tokenHash, email: invitation.email };
}

const notOpen = (): PolygraphError =>
  new PolygraphError('NOT_FOUND', 'There is no such invitation, or it is not open any more.');
