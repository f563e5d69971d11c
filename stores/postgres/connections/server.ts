import type { Logger } from '#platform/log';
import { createStoreBreaker } from '../../breaker.ts';
import type { Route } from '../adapter.ts';
import { isUnreachable } from '../errors.ts';
import type { Candidate } from './balance.ts';
import { createHealthProbe, type HealthLimits, type ServerHealth } from './health.ts';
import { createManagedPool, type PoolMetrics } from './pool.ts';
import type { ConnectionRecord } from './record.ts';

/** One server of the installation: its pool, its breaker, and how it is. */
export interface DatabaseServer extends Candidate {
  readonly record: ConnectionRecord;
  route(): Route;
  health(): ServerHealth;
  metrics(): PoolMetrics;
  /** Asks the server now. Those who ask while a check is under way share it. */
  check(): Promise<ServerHealth>;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

export function createDatabaseServer(record: ConnectionRecord, limits: HealthLimits, log: Logger): DatabaseServer {
  const probe = createHealthProbe(record, limits);
  const open = () => {
    const managed = createManagedPool(record, log);
    const timeoutMs = record.statement_timeout_ms + 500;
    const breaker = createStoreBreaker({ store: 'postgres', isUnreachable, timeoutMs });
    return { managed, route: { pool: managed.pool, breaker } };
  };
  let current = open();
  let health: ServerHealth = { state: 'UNKNOWN', reason: 'not checked yet', latencyMs: null, server: undefined };
  let checking: Promise<ServerHealth> | undefined;

  const look = async (): Promise<ServerHealth> => {
    const before = health.state;
    health = await probe.check(current.managed.metrics());
    if (health.state !== before) {
      const facts = { connection: record.connection_name, state: health.state, before, reason: health.reason };
      log[health.state === 'UNHEALTHY' ? 'error' : 'info'](facts, 'health of a database server');
    }
    // A server that is back may be another process: its old connections and the open breaker are of no use.
    if (before === 'UNHEALTHY' && health.state !== 'UNHEALTHY') {
      const old = current;
      current = open();
      void old.managed.drain();
    }
    return health;
  };
  return {
    record,
    name: record.connection_name,
    weight: record.weight,
    active: () => current.managed.metrics().activeConnections,
    responseMs: () => current.managed.metrics().avgResponseTimeMs,
    route: () => current.route,
    health: () => health,
    metrics: () => current.managed.metrics(),
    check() {
      checking ??= look().finally(() => {
        checking = undefined;
      });
      return checking;
    },
    async close() {
      await checking?.catch(() => undefined);
      await Promise.all([probe.close(), current.managed.drain()]);
    },
  };
}
