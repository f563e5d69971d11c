import { Client, type ClientConfig } from 'pg';
import type { Logger } from '#platform/log';
import { OUTBOX_CHANNEL } from '../outbox.ts';

export interface OutboxListener {
  close(): Promise<void>;
}

/**
 * Calls `onWake` when something was appended (or what else the channel is for), and whenever it is (again) connected, as it
 * may have missed something meanwhile. It only saves time: whoever listens polls besides.
 * @param connection asked for each time: the primary may be another server then
 */
export function listenToOutbox(
  connection: () => ClientConfig,
  onWake: () => void,
  log: Logger,
  channel: string = OUTBOX_CHANNEL,
): OutboxListener {
  let client: Client | undefined;
  let retry: NodeJS.Timeout | undefined;
  let closed = false;
  let failures = 0;
  let connecting = Promise.resolve();

  const reconnect = (): void => {
    if (closed || retry) return;
    const delay = Math.min(5_000, 250 * 2 ** failures);
    failures += 1;
    retry = setTimeout(() => {
      retry = undefined;
      connecting = connect();
    }, delay);
  };

  const connect = async (): Promise<void> => {
    const next = new Client({ keepAlive: true, connectionTimeoutMillis: 2_000, ...connection() });
    client = next;
    // Both events arrive for one loss; without a handler for 'error' the process would end.
    next.on('error', () => reconnect());
    next.on('end', () => reconnect());
    next.on('notification', () => onWake());
    try {
      await next.connect();
      await next.query(`listen ${channel}`);
      failures = 0;
      onWake();
    } catch (error) {
      log.warn({ err: error }, 'PostgreSQL cannot be listened to; polling until it can');
      void next.end().catch(() => undefined);
      reconnect();
    }
  };

  connecting = connect();
  return {
    async close() {
      closed = true;
      clearTimeout(retry);
      await connecting;
      await client?.end().catch(() => undefined);
    },
  };
}
