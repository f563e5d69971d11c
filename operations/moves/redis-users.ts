import type { Logger } from '#platform/log';
import { createRounds, type Rounds } from '#platform/rounds';
import type { Settings } from '#platform/settings';
import type { OnPrimary } from '#stores/postgres/pool';
import type { Redis } from '#stores/redis/index';
import { listTenants } from '../tenants.ts';

export interface RedisUserOptions {
  readonly settings: Pick<Settings, 'DATABASE_URL' | 'POLYGRAPH_SECRETS'>;
  readonly redis: Pick<Redis, 'users'>;
  readonly onPrimary?: OnPrimary | undefined;
  readonly log: Logger;
}

/**
 * Takes the users of tenants that have left ENTERPRISE, or are closed, out of Redis. A tenant that this installation
 * does not know may be another's, which shares the server. The users are asked for first: whoever has one by then and
 * needs it is ENTERPRISE in what is asked for next.
 * @returns the tenants
 */
export async function removeFormerUsers({ settings, redis, onPrimary, log }: RedisUserOptions): Promise<string[]> {
  const held = new Set(await redis.users?.list());
  if (held.size === 0) return [];
  const tenants = await listTenants(settings, log, 'users of Redis are for ENTERPRISE alone', onPrimary);
  const former = tenants.filter(
    ({ id, tier, status }) => held.has(id) && (tier !== 'ENTERPRISE' || status === 'CLOSED'),
  );
  for (const { id } of former) {
    await redis.users?.remove(id);
    log.info({ tenant: id }, 'a tenant’s user of Redis is removed');
  }
  return former.map(({ id }) => id);
}

/** Every minute, where the relay runs. */
export function openRedisUserKeeper(options: RedisUserOptions): Rounds {
  const work = (): Promise<unknown> =>
    removeFormerUsers(options).catch((err: unknown) =>
      options.log.warn({ err }, 'former users of Redis could not be removed; will be tried again'),
    );
  return createRounds(work, 60_000);
}
