import type { MongoConnection } from '../connection.ts';

/** Of tenants whose documents lie in a database of their own; opened when they are asked for. */
export interface OwnConnections {
  /** Ask for each command and keep none: one that nobody asks for is closed. */
  of(tenantId: string): MongoConnection;
  count(): number;
  close(): Promise<void>;
}

export interface OwnConnectionsOptions {
  open: (tenantId: string) => MongoConnection;
  /** How long one is kept that nobody asks for; longer than any command takes. */
  idleMs?: number;
}

/** A few connections a tenant, as its own user, with a breaker of its own. */
export function createOwnConnections({ open, idleMs = 60_000 }: OwnConnectionsOptions): OwnConnections {
  const held = new Map<string, { readonly connection: MongoConnection; usedAt: number }>();
  let timer: NodeJS.Timeout | undefined;
  const closeIdle = (): void => {
    const before = performance.now() - idleMs;
    for (const [tenantId, { connection, usedAt }] of held) {
      if (usedAt > before) continue;
      held.delete(tenantId);
      void connection.close().catch(() => undefined);
    }
    timer = held.size > 0 ? setTimeout(closeIdle, idleMs / 2).unref() : undefined;
  };
  return {
    of(tenantId) {
      const found = held.get(tenantId);
      if (found) {
        found.usedAt = performance.now();
        return found.connection;
      }
      const connection = open(tenantId);
      held.set(tenantId, { connection, usedAt: performance.now() });
      timer ??= setTimeout(closeIdle, idleMs / 2).unref();
      return connection;
    },
    count: () => held.size,
    async close() {
      clearTimeout(timer);
      await Promise.all([...held.values()].map(({ connection }) => connection.close()));
      held.clear();
    },
  };
}
