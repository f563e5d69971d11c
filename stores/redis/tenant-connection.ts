import { Redis as Client } from 'ioredis';
import type { Logger } from '#platform/log';
import { tally } from '#platform/tally';
import { createStoreBreaker, unavailable } from '../breaker.ts';
import { askRunId, clientOptions, isReply, isUnreachable, type RedisConnection, withoutCommand } from './connection.ts';
import type { Login, TenantUsers } from './users.ts';

/** A connection as a tenant's own user, opened by the first command and by the first after it was lost. */
export interface TenantConnection extends RedisConnection {
  /** What was sent has its time to be answered; what is sent now opens a new connection. */
  leave(): void;
}

export interface TenantConnectionOptions {
  readonly tenantId: string;
  readonly url: string;
  readonly users: Pick<TenantUsers, 'make'>;
  readonly shared: Pick<RedisConnection, 'command'>;
  readonly timeoutMs: number;
  /** Told of each connection, so that they can be closed at once. */
  readonly onClient: (client: Client) => void;
  readonly log: Logger;
}

/**
 * It has a breaker of its own: what is wrong with one tenant's user costs this tenant and nobody else. It is not
 * reopened by the driver, because the server may have lost the user together with the connection.
 */
export function connectAsTenant(options: TenantConnectionOptions): TenantConnection {
  const { tenantId, timeoutMs, log } = options;
  const breaker = createStoreBreaker({ store: 'redis', isUnreachable, timeoutMs });
  let opening: Promise<Session> | undefined;

  const open = (): Promise<Session> => {
    if (opening) return opening;
    const mine = openSession(options);
    const forget = (): void => {
      if (opening === mine) opening = undefined;
    };
    mine.then(({ client }) => (client.status === 'ready' ? client.once('close', forget) : forget()), forget);
    opening = mine;
    return mine;
  };
  const leave = (): void => {
    const left = opening;
    opening = undefined;
    const disconnect = (): void => void left?.then(({ client }) => client.disconnect()).catch(() => undefined);
    if (left) setTimeout(disconnect, timeoutMs).unref();
  };

  return {
    command: (words, send) =>
      breaker.run(async () => {
        const { client } = await open();
        tally('redis', () => ({ text: words.join(' '), tenantId: undefined }));
        try {
          return await send(client);
        } catch (error) {
          if (isRefusal(error)) {
            log.error(
              { store: 'redis', tenant: tenantId, command: words[0] },
              'redis refused what is not the tenant’s',
            );
            // Or another version of Polygraph has just taken the command from the user: the next connection gives it back.
            leave();
          }
          throw error;
        }
      }),
    runId: () => breaker.run(async () => (await open()).runId),
    leave,
  };
}

interface Session {
  readonly client: Client;
  readonly runId: string;
}

/** @throws PolygraphError STORE_UNAVAILABLE */
async function openSession(options: TenantConnectionOptions): Promise<Session> {
  for (let attempt = 1; ; attempt += 1) {
    const login = await options.users.make(options.tenantId);
    try {
      return await logIn(login, options);
    } catch (error) {
      // The server has restarted since, or a process with other secrets has set its own passwords.
      const lost = isReply(error) && error.message.startsWith('WRONGPASS');
      if (!lost || attempt === MOST_ATTEMPTS) throw unavailable('redis', withoutCommand(error));
    }
  }
}

/** @throws the server's reply, or an error of the driver */
async function logIn({ name, password }: Login, options: TenantConnectionOptions): Promise<Session> {
  const { url, shared, timeoutMs, onClient } = options;
  const own = Object.assign(new URL(url), { username: name, password });
  const client = new Client(own.href, {
    ...clientOptions(timeoutMs),
    // Both ask what the user may not.
    enableReadyCheck: false,
    disableClientInfo: true,
    retryStrategy: () => null,
  });
  onClient(client);
  let refusal: unknown;
  client.on('error', (error) => {
    refusal ??= error;
  });
  try {
    await client.connect();
    // The driver goes on without a database that it cannot select.
    if (refusal) throw refusal;
    // A tenant's user may not ask. Asked after the login, because a server that restarts takes this connection with it:
    // whatever is answered over it was answered by that process.
    return { client, runId: await askRunId(shared) };
  } catch (error) {
    client.disconnect();
    throw refusal ?? error;
  }
}

/** In a transaction, the server tells why with the command that it would not queue. */
function isRefusal(error: unknown): boolean {
  if (!isReply(error)) return false;
  const { previousErrors = [] } = error as Error & { previousErrors?: readonly Error[] };
  return [error, ...previousErrors].some(({ message }) => message.startsWith('NOPERM'));
}

const MOST_ATTEMPTS = 3;
