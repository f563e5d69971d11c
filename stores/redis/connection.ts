import { Redis as Client, type RedisOptions } from 'ioredis';
import type { Logger } from '#platform/log';
import { tally } from '#platform/tally';
import { createStoreBreaker, type StoreBreaker, unavailable } from '../breaker.ts';

export interface RedisConnection {
  /**
   * Runs one command.
   * @param words the command and its keys, as whoever watches statements sees them
   * @throws PolygraphError STORE_UNAVAILABLE
   */
  command<T>(words: readonly string[], send: (client: Client) => Promise<T>): Promise<T>;
  /** Of the server process behind the connection; another after each restart. @throws PolygraphError STORE_UNAVAILABLE */
  runId(): Promise<string>;
}

/** As the account of REDIS_URL. */
export interface SharedConnection extends RedisConnection {
  state: StoreBreaker['state'];
  close(): Promise<void>;
}

/** One connection for the process, opened by the first command and reopened for ever. */
export function connectRedis(url: string, timeoutMs: number, log: Logger): SharedConnection {
  const retryStrategy = (attempt: number): number => Math.min(attempt * 100, 1_000);
  const client = new Client(url, { ...clientOptions(timeoutMs), retryStrategy });
  // Without a listener ioredis prints to the console; the message holds an address, so only its code is kept.
  client.on('error', (error: NodeJS.ErrnoException) => log.warn({ store: 'redis', code: error.code }, 'redis is away'));
  const breaker = createStoreBreaker({ store: 'redis', isUnreachable, timeoutMs });
  let opening: Promise<void> | undefined;
  let runId: Promise<string> | undefined;
  client.on('close', () => {
    runId = undefined;
  });

  const open = (): Promise<void> => {
    if (client.status === 'wait') opening = client.connect();
    // Only the very first connection is waited for; a lost one is refused while it is being reopened.
    return client.status === 'connecting' || client.status === 'connect' ? (opening ?? NOW) : NOW;
  };

  const command: RedisConnection['command'] = (words, send) =>
    breaker.run(async () => {
      await open();
      tally('redis', () => ({ text: words.join(' '), tenantId: undefined }));
      return send(client);
    });

  return {
    state: breaker.state,
    command,
    async runId() {
      runId ??= askRunId({ command });
      const asked = runId;
      try {
        return await asked;
      } catch (error) {
        if (runId === asked) runId = undefined;
        throw error;
      }
    },
    async close() {
      client.disconnect();
    },
  };
}

/**
 * No offline queue: while Redis is away a command fails at once, so that requests
 * neither pile up in memory nor run late against a store that came back.
 */
export function clientOptions(timeoutMs: number) {
  return {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: timeoutMs,
  } satisfies RedisOptions;
}

/** @throws PolygraphError STORE_UNAVAILABLE */
export async function askRunId({ command }: Pick<RedisConnection, 'command'>): Promise<string> {
  const info = await command(['INFO', 'server'], (client) => client.info('server'));
  const id = /^run_id:(\S+)/m.exec(info)?.[1];
  // An id of our own making would part this process from the changes that others tell of.
  if (!id) throw unavailable('redis', new Error('INFO does not tell the run id.'));
  return id;
}

/** Whatever is not Redis' own answer to the command is a matter of the connection, and so are its answers of these kinds. */
export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof TypeError) return false;
  return !isReply(error) || /^(LOADING|CLUSTERDOWN|MASTERDOWN|READONLY|TRYAGAIN)/.test(error.message);
}

/** Redis answered, and the answer is no. */
export const isReply = (error: unknown): error is Error => error instanceof Error && error.name === 'ReplyError';

/** The driver's errors carry the command with its arguments, which may be a password; a log would print it. */
export const withoutCommand = (error: unknown): Error =>
  new Error(error instanceof Error ? error.message : String(error));

const NOW = Promise.resolve();
