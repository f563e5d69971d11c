import type { FastifyPluginAsync } from 'fastify';
import type { Logger } from '#platform/log';
import type { Settings } from '#platform/settings';
import type { AccountStore } from '#stores/postgres/accounts';
import type { Redis } from '#stores/redis/index';
import type { Directory } from '#tenancy/directory';
import type { IdentityOptions } from '../index.ts';
import { createAccounts } from './accounts.ts';
import { accountRoutes } from './routes.ts';
import { createSessions } from './sessions.ts';
import { createSecondFactor } from './totp.ts';

export interface SignInOptions {
  /** Without it nobody signs in with a password, and /auth is not there; sessions of other gateways hold. */
  readonly store: AccountStore | undefined;
  readonly directory: Directory;
  readonly redis: Pick<Redis, 'forTenant'>;
  readonly settings: Settings;
  readonly log: Logger;
}

/** What the gateway needs for people who sign in with a password: routes, and how their tokens are verified. */
export function openSignIn({ store, directory, redis, settings, log }: SignInOptions): {
  readonly routes: readonly FastifyPluginAsync[];
  readonly identity: Required<Pick<IdentityOptions, 'sessions' | 'onKeyUse'>>;
} {
  const sessions = createSessions({ redis, settings });
  const secondFactor = createSecondFactor(settings.POLYGRAPH_SECRETS);
  const onKeyUse = (tenantId: string, keyId: string): void => {
    store?.noteKeyUse(tenantId, keyId).catch((err: unknown) => log.warn({ err }, 'the use of a key was not noted'));
  };
  const routes = store ? [accountRoutes(createAccounts({ store, directory, sessions, secondFactor }), sessions)] : [];
  return { routes, identity: { sessions, onKeyUse } };
}
