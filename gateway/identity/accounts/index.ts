import type { FastifyPluginAsync } from 'fastify';
import type { Logger } from '#platform/log';
import type { Settings } from '#platform/settings';
import type { AccountStore } from '#stores/postgres/accounts';
import type { Redis } from '#stores/redis/index';
import type { Directory } from '#tenancy/directory';
import { createCachedDirectory } from '../cached-directory.ts';
import type { Identify, IdentityOptions } from '../index.ts';
import { createAccounts } from './accounts.ts';
import { createChallenges } from './challenges.ts';
import { createNotes } from './notes.ts';
import { createPasskeys, type PasskeysOptions } from './passkeys.ts';
import { type AccountServices, accountRoutes } from './routes.ts';
import { createSessions, type Sessions } from './sessions.ts';
import { createThrottle, type FailureLimits } from './throttle.ts';
import { createSecondFactor } from './totp.ts';

export interface SignInOptions {
  /** Without it nobody signs in with a password, and /auth is not there; sessions of other gateways hold. */
  readonly store: AccountStore | undefined;
  readonly directory: Directory;
  readonly redis: Pick<Redis, 'forTenant' | 'attempts'>;
  readonly settings: SignInSettings;
  readonly log: Logger;
}

export type SignInSettings = Pick<
  Settings,
  'SESSION_IDLE_SECONDS' | 'SESSION_HOURS' | 'SESSIONS_AT_ONCE' | 'PASSKEY_ORIGINS'
> &
  Partial<Pick<Settings, 'PASSKEY_DOMAIN'>> & { readonly POLYGRAPH_SECRETS: readonly [string, ...string[]] };

/** What the gateway needs for people who sign in by themselves: routes, and how their tokens are verified. */
export function openSignIn({ store, directory, redis, settings, log }: SignInOptions): {
  routes(identify: Identify): readonly FastifyPluginAsync[];
  readonly identity: Required<Pick<IdentityOptions, 'sessions' | 'onKeyUse'>>;
} {
  const known = createCachedDirectory({ directory, freshSeconds: TIER_SECONDS });
  const sessions = createSessions({ redis, directory: known, settings });
  const onKeyUse = (tenantId: string, keyId: string): void => {
    store?.noteKeyUse(tenantId, keyId).catch((err: unknown) => log.warn({ err }, 'the use of a key was not noted'));
  };
  const services = store && openAccountServices({ store, directory, redis, settings, sessions, log });
  return {
    routes: (identify) => (services ? [accountRoutes(services, identify)] : []),
    identity: { sessions, onKeyUse },
  };
}

export interface AccountServicesOptions extends SignInOptions {
  readonly store: AccountStore;
  readonly sessions: Sessions;
  /** Within a quarter of an hour. */
  readonly failures?: FailureLimits;
}

/** What people do about their accounts, however it reaches us. */
export function openAccountServices(options: AccountServicesOptions): AccountServices {
  const { store, directory, redis, settings, sessions, log } = options;
  const { failures = { ofPerson: 5, ofPersonAnywhere: 50, ofAddress: 50, questions: 200 } } = options;
  const shared = { store, directory, sessions, notes: createNotes(store, log) };
  const throttle = createThrottle(redis.attempts, failures);
  const secondFactor = createSecondFactor(settings.POLYGRAPH_SECRETS);
  const accounts = createAccounts({ ...shared, secondFactor, throttle });
  const { PASSKEY_DOMAIN: domain, PASSKEY_ORIGINS: origins } = settings;
  const parts: Omit<PasskeysOptions, 'domain' | 'origins'> = {
    ...{
      ...shared,
      throttle,
      challenges: createChallenges({ redis, directory }),
      checkPassword: accounts.checkPassword,
    },
  };
  const pages = origins.length > 0 ? origins : [`https://${domain}`];
  return { accounts, sessions, passkeys: domain ? createPasskeys({ ...parts, domain, origins: pages }) : undefined };
}

/** How long the tier of a tenant is believed. */
const TIER_SECONDS = 1;
