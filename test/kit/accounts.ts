import { randomUUID } from 'node:crypto';
import { type AccountServicesOptions, openAccountServices } from '#gateway/identity/accounts/index';
import type { AccountServices } from '#gateway/identity/accounts/routes';
import { createSessions } from '#gateway/identity/accounts/sessions';
import type { FailureLimits } from '#gateway/identity/accounts/throttle';
import { createIdentity } from '#gateway/identity/index';
import { findPolygraphError } from '#platform/errors';
import { type AccountStore, openAccounts } from '#stores/postgres/accounts';
import { openRedis, type Redis } from '#stores/redis/index';
import type { Tier } from '#tenancy/tiers';
import { openPostgresWorld, type PostgresTenant, type PostgresWorld } from './postgres.ts';
import { createRelationalClient } from './relational.ts';
import { TEST_SECRETS } from './secrets.ts';

export const BROWSER = { 'user-agent': 'Browser/1', 'x-device-id': 'laptop' };
export const PASSWORD = 'correct horse battery';

/** People who are invited, join and sign in, over PostgreSQL and Redis, with a clock that the test turns. */
export type AccountsWorld = Awaited<ReturnType<typeof openAccountsWorld>>;

export async function openAccountsWorld() {
  const world = await openPostgresWorld();
  const store = openAccounts({ url: world.url, secrets: TEST_SECRETS, log: world.log });
  const redis = openRedis({ url: process.env.REDIS_URL ?? '', secrets: TEST_SECRETS, log: world.log });
  const clock = { now: Date.now() };
  const open = createOpening({ world, store, redis, clock });
  const invited = createInviting(world);
  return {
    ...{ world, store, redis, clock, open, invited },
    /** Who a request is from, by the sessions of this world. */
    identify: () =>
      createIdentity({
        ...{
          directory: world.directory,
          sessions: open().sessions,
          keys: () => Promise.reject(new Error('no issuer')),
        },
        settings: {
          ...{ JWT_ISSUER: 'x', JWT_AUDIENCE: 'x', JWT_TENANT_CLAIM: 'tenant' },
          ...{ IDENTITY_CACHE_SECONDS: 5, NODE_ENV: 'test' },
        },
      }),
    /** An editor of a tenant made for the purpose, who has a password. */
    async joined(tier?: Tier) {
      const guest = await invited(tier);
      const { accounts, sessions } = open();
      const { userId } = await accounts.accept({ token: guest.token, name: 'Ada', password: PASSWORD }, 'somewhere');
      const credentials = { tenant: guest.tenant.slug, email: guest.email, password: PASSWORD };
      const owner = { tenantId: guest.tenant.id, userId };
      const signIn = (given = {}) => accounts.signIn({ ...credentials, ...given }, 'somewhere', BROWSER);
      return { ...guest, ...owner, owner, accounts, sessions, signIn };
    },
    async close(): Promise<void> {
      await Promise.all([store.close(), redis.close()]);
      await world.close();
    },
  };
}

/** The code that a refusal carries, or `fine`. */
export const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'fine',
    (error: unknown) => findPolygraphError(error)?.code ?? String(error),
  );

interface Opened {
  readonly world: PostgresWorld;
  readonly store: AccountStore;
  readonly redis: Redis;
  readonly clock: { readonly now: number };
}

/** As a gateway's process does: each call stands for another process over the same stores. */
const createOpening =
  ({ world, store, redis, clock }: Opened) =>
  (
    failures?: FailureLimits,
    instead: Partial<Pick<AccountServicesOptions, 'store' | 'directory'>> = {},
  ): AccountServices => {
    const { directory, log } = world;
    const sessions = createSessions({ redis, directory, settings: LIMITS, now: () => clock.now });
    const settings = { ...LIMITS, POLYGRAPH_SECRETS: TEST_SECRETS, PASSKEY_ORIGINS: [] };
    return openAccountServices({
      ...{ store, directory, redis, settings, sessions, log },
      ...(failures ? { failures } : {}),
      ...instead,
    });
  };

const LIMITS = { SESSION_IDLE_SECONDS: 3_600, SESSION_HOURS: 12, SESSIONS_AT_ONCE: 3 };

interface Guest {
  readonly tenant: PostgresTenant;
  readonly email: string;
  readonly token: string;
}

function createInviting(world: PostgresWorld) {
  let made = 0;
  return async (tier: Tier = 'STANDARD', email = `${randomUUID()}@people.example`): Promise<Guest> => {
    made += 1;
    const tenant = await world.tenant(`people-${made}`, tier);
    const input = { email, role: 'EDITOR' };
    const { data } = await createRelationalClient(world, tenant).ask(INVITE, { input });
    return { tenant, email, token: data.inviteMember.token };
  };
}

const INVITE = 'mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { id token done } }';
