import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { PolygraphError } from '#platform/errors';
import type { AccountStore, Person } from '#stores/postgres/accounts';
import type { Directory } from '#tenancy/directory';
import { refused } from '../refusals.ts';
import { checkNewPassword, hashPassword, isPassword } from './password.ts';
import type { SessionOwner, Sessions } from './sessions.ts';
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
}

export interface AccountsOptions {
  store: AccountStore;
  directory: Pick<Directory, 'membership'>;
  sessions: Sessions;
  secondFactor: SecondFactor;
  /** Failures within a quarter of an hour after which a person, or an address, has to wait. */
  failures?: { readonly ofPerson: number; readonly ofAddress: number };
}

export function createAccounts(options: AccountsOptions): Accounts {
  const { store, directory, sessions, secondFactor, failures = { ofPerson: 5, ofAddress: 50 } } = options;
  const throttle = createThrottle(failures);

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
  const checkPassword = async ({ userId, passwordHash }: Person, password: string): Promise<void> => {
    await throttle.check(userId, userId);
    if (await isPassword(passwordHash, password)) return;
    await throttle.failed(userId, userId);
    throw refused('TOKEN_INVALID', 'The password is wrong.');
  };

  return {
    async signIn({ tenant: slug, email, password, code }, address, headers) {
      await throttle.check(email, address);
      const [tenantId, person] = await Promise.all([store.findTenant(slug), store.findPerson({ email })]);
      const proved = await isPassword(person?.passwordHash, password);
      const member = tenantId && person ? await directory.membership(tenantId, person.userId) : undefined;
      const wrong = async (): Promise<PolygraphError> => {
        await throttle.failed(email, address);
        if (tenantId && person && member) await store.note(tenantId, person.userId, 'person.signInRefused', 'ERROR');
        // One answer for all: who is known, where, and by what is not told.
        return refused('TOKEN_INVALID', 'Tenant, e-mail, password or code is wrong.');
      };
      if (!proved || !person || !tenantId || !member) throw await wrong();
      if (person.totpConfirmed) {
        if (!code) throw refused('SECOND_FACTOR_REQUIRED', 'This account asks for a code of its app, too.');
        if (!(await takeCode(person, code))) throw await wrong();
      }
      throttle.forget(email);
      await store.note(tenantId, person.userId, 'person.signIn', 'INFO');
      return sessions.start({ tenantId, userId: person.userId }, headers);
    },

    async accept({ token, name, password }, address) {
      await throttle.check(address, address);
      const tenantId = /^pi_([0-9a-f-]{36})_/.exec(token)?.[1];
      const tokenHash = createHash('sha256').update(token).digest('hex');
      const invitation = tenantId && isUuidText(tenantId) ? await store.findInvitation(tenantId, tokenHash) : undefined;
      if (!tenantId || !invitation) {
        await throttle.failed(address, address);
        throw new PolygraphError('NOT_FOUND', 'There is no such invitation, or it is not open any more.');
      }
      const person = await store.findPerson({ email: invitation.email });
      // Whoever invites knows the token: it must not be enough to become somebody who is there already.
      if (person && !(await isPassword(person.passwordHash, password))) {
        await throttle.failed(address, address);
        throw refused('TOKEN_INVALID', 'There is an account with this e-mail; its password is another.');
      }
      const passwordHash = person ? undefined : await hashPassword(checkNewPassword(password));
      const accepted = await store.acceptInvitation({ tenantId, tokenHash, name, passwordHash });
      if (!accepted) throw new PolygraphError('NOT_FOUND', 'There is no such invitation, or it is not open any more.');
      return { userId: accepted.userId };
    },

    async changePassword(owner, { current, next }) {
      await checkPassword(await personOf(owner), current);
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
      await checkPassword(await personOf(owner), password);
      await store.removeTotp(owner.userId);
    },
  };
}

/** Failures alone count, so that nobody is kept out by signing in often. Counted in this process. */
function createThrottle({ ofPerson, ofAddress }: NonNullable<AccountsOptions['failures']>) {
  const person = new RateLimiterMemory({ points: ofPerson, duration: 900 });
  const addresses = new RateLimiterMemory({ points: ofAddress, duration: 900 });
  const spent = async (limiter: RateLimiterMemory, key: string): Promise<number> => {
    const counted = await limiter.get(key);
    return counted && counted.consumedPoints >= limiter.points ? Math.ceil(counted.msBeforeNext / 1_000) : 0;
  };
  const count = (limiter: RateLimiterMemory, key: string) =>
    limiter.consume(key).catch((error: unknown) => {
      if (!(error instanceof RateLimiterRes)) throw error;
    });
  return {
    async check(who: string, address: string): Promise<void> {
      const seconds = Math.max(await spent(person, who.toLowerCase()), await spent(addresses, address));
      if (seconds === 0) return;
      throw new PolygraphError('RATE_LIMITED', `Too many failures; try again in ${seconds} seconds.`, {
        facts: { retryAfterSeconds: seconds },
      });
    },
    async failed(who: string, address: string): Promise<void> {
      await Promise.all([count(person, who.toLowerCase()), count(addresses, address)]);
    },
    forget: (who: string): void => void person.delete(who.toLowerCase()),
  };
}

const isUuidText = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
