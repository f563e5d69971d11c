import neo4j, { type Driver, type EagerResult, type RecordShape, type RoutingControl } from 'neo4j-driver';
import type { Logger } from '#platform/log';
import { tally } from '#platform/tally';
import { assertMinted, type TenantContext } from '#tenancy/context';
import { createStoreBreaker, type StoreBreaker } from '../breaker.ts';
import type { Store } from '../stores.ts';
import { isConstraintViolation, isUnreachable } from './errors.ts';
import { bindTenant } from './guard.ts';

export interface Neo4jOptions {
  /** `bolt://host:port` or `neo4j://host:port`. */
  url: string;
  user: string;
  password: string;
  /** Longest one statement may take, in milliseconds. */
  timeoutMs: number;
  log: Logger;
  poolSize?: number;
}

export interface Neo4j extends Store<TenantNeo4j> {
  readonly breaker: Pick<StoreBreaker, 'state'>;
  /** Unguarded, across tenants: migrations, backup and erasure by an operator. Never reachable from a resolver. */
  dangerouslyAsSystem(reason: string): SystemNeo4j;
}

export type Parameters = Readonly<Record<string, unknown>>;

/**
 * The graph as one tenant reaches it. Each statement passes the guard
 * (guard.ts) before it is sent, and may use `$tenantId`, which only this handle
 * can set. Rows are plain objects keyed by the names after RETURN.
 *
 * @throws StatementRefused where the guard cannot prove that a statement stays inside the tenant
 * @throws PolygraphError STORE_UNAVAILABLE where Neo4j does not answer in time
 */
export interface TenantNeo4j {
  readonly tenantId: string;
  read<Row extends RecordShape>(statement: string, parameters?: Parameters): Promise<Row[]>;
  /** One transaction. Retried by the driver on a deadlock or a change of leader, so write statements that may run twice. */
  write<Row extends RecordShape>(statement: string, parameters?: Parameters): Promise<Row[]>;
  /** For generated statements, which read the tenant as `$jwt.tenantId`: the same guard, the driver's own result, reads only. */
  readGenerated(statement: string, parameters: Parameters): Promise<EagerResult>;
}

export interface SystemNeo4j {
  run<Row extends RecordShape>(statement: string, parameters?: Parameters): Promise<Row[]>;
}

/** Connects on first use, so Neo4j may be down when the process starts and comes back by itself. */
export function openNeo4j({ url, user, password, timeoutMs, log, poolSize = 20 }: Neo4jOptions): Neo4j {
  const driver = neo4j.driver(url, neo4j.auth.basic(user, password), {
    disableLosslessIntegers: true,
    maxConnectionPoolSize: poolSize,
    connectionTimeout: timeoutMs,
    connectionAcquisitionTimeout: timeoutMs,
    maxTransactionRetryTime: timeoutMs,
    userAgent: 'polygraph',
  });
  const breaker = createStoreBreaker({ store: 'neo4j', isUnreachable, timeoutMs });
  const run = createRunner(driver, breaker, timeoutMs);

  return {
    name: 'neo4j',
    breaker,
    async ping() {
      await run('READ', 'RETURN 1 AS one', {});
    },
    forTenant(context) {
      assertMinted(context);
      return tenantHandle(context, run);
    },
    dangerouslyAsSystem(reason) {
      log.info({ reason }, 'neo4j read or written as the system');
      return { run: async (statement, parameters = {}) => rows(await run('WRITE', statement, parameters)) };
    },
    close: () => driver.close(),
  };
}

type Run = (routing: RoutingControl, statement: string, parameters: Parameters) => Promise<EagerResult>;

function createRunner(driver: Driver, breaker: StoreBreaker, timeoutMs: number): Run {
  return (routing, statement, parameters) =>
    breaker.run(() => {
      tally('neo4j');
      return driver.executeQuery(statement, parameters, {
        database: DATABASE,
        routing,
        transactionConfig: { timeout: timeoutMs },
      });
    });
}

function tenantHandle({ tenantId }: TenantContext, run: Run): TenantNeo4j {
  const guarded = (routing: RoutingControl, statement: string, parameters: Parameters): Promise<EagerResult> =>
    run(routing, statement, bindTenant(tenantId, statement, parameters));
  return {
    tenantId,
    read: async (statement, parameters = {}) => rows(await guarded('READ', statement, parameters)),
    write: async (statement, parameters = {}) => rows(await onceMore(() => guarded('WRITE', statement, parameters))),
    readGenerated: (statement, parameters) => guarded('READ', statement, parameters),
  };
}

/** Two concurrent MERGEs of one node can both try to create it; the one that lost finds it on the second try. */
async function onceMore<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (isConstraintViolation(error)) return write();
    throw error;
  }
}

function rows<Row extends RecordShape>(result: EagerResult): Row[] {
  return result.records.map((record) => record.toObject() as Row);
}

/** Community Edition has this one beside `system`; naming it saves the driver a question. */
const DATABASE = 'neo4j';
