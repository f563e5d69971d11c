import type { Logger } from '#platform/log';
import { parseSealingKeys, type SealingKeys } from '#platform/sealing';
import type { Settings } from '#platform/settings';
import { openMongo } from '#stores/mongo/index';
import { documentKeys } from '#stores/mongo/places/credentials';
import { openNeo4j } from '#stores/neo4j/index';
import { openPostgres } from '#stores/postgres/index';
import { type OnPrimary, sameServer } from '#stores/postgres/pool';
import { openRedis, type Redis } from '#stores/redis/index';
import { combineStores, type Stores } from '#stores/stores';

/** Without secrets, DATABASE_URL is that of the role that serves requests. */
export type StoreSettings = Omit<Settings, 'POLYGRAPH_SECRETS'> & Partial<Pick<Settings, 'POLYGRAPH_SECRETS'>>;

/**
 * Opens the four stores as the settings say. One that is down costs its own fields until it is back.
 * @param onPrimary where it is known already which server takes writes; absent, the servers of
 *   `admin.database_connections` are taken up, which needs the secrets
 */
export function openStores(settings: StoreSettings, log: Logger, onPrimary?: OnPrimary): Stores {
  const timeoutMs = settings.STORE_TIMEOUT_MS;
  return combineStores(
    openPostgres({
      url: settings.DATABASE_URL,
      secrets: settings.POLYGRAPH_SECRETS,
      poolSize: settings.POSTGRES_POOL_SIZE,
      timeoutMs,
      ...(onPrimary
        ? { onPrimary }
        : { registry: { balancer: settings.READ_BALANCER, standbys: settings.DATABASE_STANDBYS } }),
      log,
    }),
    openMongo({ url: settings.MONGODB_URL, keys: documentKeysOf(settings), timeoutMs, log }),
    openNeo4j({
      url: settings.NEO4J_URL,
      user: settings.NEO4J_USER,
      password: settings.NEO4J_PASSWORD,
      timeoutMs,
      log,
    }),
    openTenantRedis(settings, timeoutMs * REDIS_SHARE, log),
  );
}

/** Undefined in a process that has no business with documents. */
function documentKeysOf({
  POLYGRAPH_SECRETS: secrets,
  POLYGRAPH_DOCUMENT_KEYS: printed,
}: StoreSettings): SealingKeys | undefined {
  if (secrets) return documentKeys(secrets);
  return printed ? parseSealingKeys(printed) : undefined;
}

/** @param timeoutMs longest wait for one command */
export function openTenantRedis(settings: RedisSettings, timeoutMs: number, log: Logger): Redis {
  const { REDIS_URL: url, POLYGRAPH_SECRETS: secrets, REDIS_TENANT_USERS } = settings;
  return openRedis({ url, secrets, tenantUsers: REDIS_TENANT_USERS === 'on', timeoutMs, log });
}

type RedisSettings = Pick<StoreSettings, 'REDIS_URL' | 'REDIS_TENANT_USERS' | 'POLYGRAPH_SECRETS'>;

/**
 * Relay and import write in bulk and nobody waits for them: they have connections
 * and breakers of their own, so that they neither starve requests nor give up as early. They read from the primary alone:
 * what a standby has not heard of yet would be carried on.
 */
export function openBackstage(settings: StoreSettings, log: Logger, onPrimary: OnPrimary = sameServer): Stores {
  return openStores({ ...settings, STORE_TIMEOUT_MS: 30_000 }, log, onPrimary);
}

/** What Redis holds can be done without, so a request waits for it no longer than that part of the time. */
const REDIS_SHARE = 0.25;
