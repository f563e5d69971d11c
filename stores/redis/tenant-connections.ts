import type { Redis as Client } from 'ioredis';
import { LRUCache } from 'lru-cache';
import type { RedisConnection } from './connection.ts';
import { connectAsTenant, type TenantConnection, type TenantConnectionOptions } from './tenant-connection.ts';

export interface TenantConnections {
  /** Opens nothing. Its commands find the connection of the moment: one that was let go of is opened anew. */
  of(tenantId: string): RedisConnection;
  close(): void;
}

export interface TenantConnectionsOptions extends Omit<TenantConnectionOptions, 'tenantId' | 'onClient'> {
  /** The least recently used is let go of where there would be more. */
  readonly most: number;
  /** How long a connection is kept that nobody uses. */
  readonly idleMs: number;
}

/** One connection for each tenant that is reached as a user of its own, while it is used. */
export function createTenantConnections({ most, idleMs, ...options }: TenantConnectionsOptions): TenantConnections {
  const clients = new Set<Client>();
  const onClient = (client: Client): void => {
    clients.add(client);
    client.once('end', () => clients.delete(client));
  };
  const kept = new LRUCache<string, Kept>({
    max: most,
    dispose: ({ connection, idle }) => {
      clearTimeout(idle);
      connection.leave();
    },
  });
  const use = (tenantId: string): TenantConnection => {
    const known = kept.get(tenantId);
    if (known) {
      known.idle.refresh();
      return known.connection;
    }
    const connection = connectAsTenant({ ...options, tenantId, onClient });
    const idle = setTimeout(() => kept.delete(tenantId), idleMs).unref();
    kept.set(tenantId, { connection, idle });
    return connection;
  };

  return {
    of: (tenantId) => ({
      command: (words, send) => use(tenantId).command(words, send),
      runId: () => use(tenantId).runId(),
    }),
    close() {
      kept.clear();
      for (const client of clients) client.disconnect();
    },
  };
}

interface Kept {
  readonly connection: TenantConnection;
  readonly idle: NodeJS.Timeout;
}
