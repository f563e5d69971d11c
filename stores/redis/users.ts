import { createHash, hkdfSync } from 'node:crypto';
import type { Logger } from '#platform/log';
import { SettingsError } from '#platform/settings';
import { unavailable } from '../breaker.ts';
import { placeNameOf } from '../place-name.ts';
import { isReply, type RedisConnection, withoutCommand } from './connection.ts';

/**
 * The users of tenants of the tier ENTERPRISE. Each may touch keys that begin with
 * its tenant, by the commands that a handle sends, and nothing else: whatever is
 * sent over its connection, the server refuses a key of another.
 *
 * The server forgets them when it restarts, so each is made anew before a connection is opened as it.
 */
export interface TenantUsers {
  /** The same again changes nothing. @throws PolygraphError STORE_UNAVAILABLE, also where the server refuses */
  make(tenantId: string): Promise<Login>;
  /** Ends its connections, too. @throws PolygraphError STORE_UNAVAILABLE */
  remove(tenantId: string): Promise<void>;
  /** Tenants that have a user here; where installations share a server, those of others, too. */
  list(): Promise<string[]>;
  /**
   * Asks whether users can be made. A server that is away is not waited for: it is asked by whoever needs one.
   * @throws SettingsError that says what to do
   */
  check(): Promise<void>;
}

export interface Login {
  readonly name: string;
  readonly password: string;
}

export interface TenantUsersOptions {
  readonly shared: Pick<RedisConnection, 'command'>;
  /** All are accepted, the first is used: a process that knows the new one and one that does not serve side by side. */
  readonly secrets: readonly [string, ...string[]] | undefined;
  /** Of REDIS_URL. */
  readonly database: number;
  readonly log: Logger;
}

export function createTenantUsers({ shared, secrets, database, log }: TenantUsersOptions): TenantUsers {
  const set = (name: string, rules: readonly string[]): Promise<unknown> =>
    shared.command(['ACL SETUSER', name], (client) => client.acl('SETUSER', name, ...rules));
  const forget = (name: string): Promise<unknown> =>
    shared.command(['ACL DELUSER', name], (client) => client.acl('DELUSER', name));

  return {
    async make(tenantId) {
      if (!secrets) throw unavailable('redis', new Error('Without POLYGRAPH_SECRETS nobody logs in as a tenant.'));
      const name = placeNameOf(tenantId);
      const passwords = secrets.map((secret) => passwordOf(name, secret));
      try {
        await set(name, rulesFor(tenantId, passwords, database));
      } catch (error) {
        if (!isReply(error)) throw error;
        log.error({ store: 'redis', tenant: tenantId, reply: error.message }, WHAT_TO_DO);
        throw unavailable('redis', withoutCommand(error));
      }
      return { name, password: passwordOf(name, secrets[0]) };
    },
    async remove(tenantId) {
      await forget(placeNameOf(tenantId));
    },
    async list() {
      const names = await shared.command(['ACL USERS'], (client) => client.acl('USERS'));
      return names.flatMap(tenantOf);
    },
    async check() {
      try {
        await set(NOBODY, ['reset']);
        await forget(NOBODY);
      } catch (error) {
        if (isReply(error)) throw new SettingsError(WHAT_TO_DO);
      }
    },
  };
}

function tenantOf(name: string): string[] {
  const [, ...parts] = NAME.exec(name) ?? [];
  return parts.length > 0 ? [parts.join('-')] : [];
}

/** `reset` takes away what another version of Polygraph allowed, in the same step. */
function rulesFor(tenantId: string, passwords: readonly string[], database: number): string[] {
  const commands = database === 0 ? COMMANDS : [...COMMANDS, `select|${database}`];
  return [
    ...['reset', 'on', ...passwords.map(hashed)],
    ...[`~tenant:{${tenantId}}:*`, 'resetchannels', '-@all', ...commands.map((command) => `+${command}`)],
  ];
}

/** The hash is what the server keeps. Sending it keeps the password out of the server's log and of MONITOR. */
const hashed = (password: string): string => `#${createHash('sha256').update(password).digest('hex')}`;

/** Derived, so that no password is stored and every gateway of an installation knows it. */
const passwordOf = (name: string, secret: string): string =>
  Buffer.from(hkdfSync('sha256', secret, 'polygraph', `redis user ${name}`, 32)).toString('base64url');

/** What a tenant's handle sends. None reads a key that is not an argument, and none tells of the server. */
const COMMANDS = ['get', 'mget', 'set', 'getdel', 'del', 'incrby', 'pttl', 'multi', 'exec'];
const NAME = /^t_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/;
/** Of no tenant. */
const NOBODY = placeNameOf('00000000-0000-0000-0000-000000000000');
const WHAT_TO_DO =
  'Redis does not let the account of REDIS_URL keep users, and each tenant of the tier ENTERPRISE is reached as a user of its own. Allow it `+acl|setuser +acl|deluser +acl|users`, or set REDIS_TENANT_USERS=dangerously-off: those tenants are then reached as all others are, and the keys that are sent are all that parts them.';
