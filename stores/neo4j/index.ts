import { setTimeout as sleep } from 'node:timers/promises';
import neo4j, { type Driver, type QueryResult, type RecordShape, type SessionMode } from 'neo4j-driver';
import type { Logger } from '#platform/log';
import { tally } from '#platform/tally';
import { assertMinted, type TenantContext } from '#tenancy/context';
import { createStoreBreaker, type StoreBreaker } from '../breaker.ts';
import type { Store } from '../stores.ts';
import { isUnreachable, isWorthAnotherTry } from './errors.ts';
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
  /** One transaction, tried again after a deadlock: nothing of the first try is left then. */
  write<Row extends RecordShape>(statement: string, parameters?: Parameters): Promise<Row[]>;
  /** For generated statements, which read the tenant as `$jwt.tenantId`: the same guard, the driver's own result, reads only. */
  readGenerated(statement: string, parameters: Parameters): Promise<QueryResult>;
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
    connectionLivenessCheckTimeout: 30_000,
    userAgent: 'polygraph',
    // One message less before each statement.
    telemetryDisabled: true,
  });
  const breaker = createStoreBreaker({ store: 'neo4j', isUnreachable, timeoutMs });
  const run = createRunner(driver, breaker, timeoutMs);
  const patient = createStoreBreaker({ store: 'neo4j', isUnreachable, timeoutMs: SYSTEM_TIMEOUT_MS });
  const runAsSystem = createRunner(driver, patient, SYSTEM_TIMEOUT_MS);

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
      return {
        run: async (statement, parameters = {}) =>
          rows(await withRetries(() => runAsSystem('WRITE', statement, parameters), SYSTEM_TRIES)),
      };
    },
    close: () => driver.close(),
  };
}

type Run = (routing: SessionMode, statement: string, parameters: Parameters) => Promise<QueryResult>;

/**
 * One statement, one transaction. The driver's managed transactions would keep
 * trying a server that is away until the time of the request is used up.
 */
function createRunner(driver: Driver, breaker: StoreBreaker, timeoutMs: number): Run {
  const bookmarkManager = neo4j.bookmarkManager();
  return (defaultAccessMode, statement, parameters) =>
    breaker.run(async () => {
      const session = driver.session({ database: DATABASE, defaultAccessMode, bookmarkManager });
      try {
        tally('neo4j', () => ({ text: statement, tenantId: boundTenant(parameters) }));
        return await session.run(statement, parameters, { timeout: timeoutMs });
      } finally {
        await session.close();
      }
    });
}

/** As the guard set it; a statement of the system has none. */
const boundTenant = ({ tenantId }: Parameters): string | undefined =>
  typeof tenantId === 'string' ? tenantId : undefined;

function tenantHandle({ tenantId }: TenantContext, run: Run): TenantNeo4j {
  const guarded = (routing: SessionMode, statement: string, parameters: Parameters): Promise<QueryResult> =>
    run(routing, statement, bindTenant(tenantId, statement, parameters));
  return {
    tenantId,
    read: async (statement, parameters = {}) => rows(await guarded('READ', statement, parameters)),
    write: async (statement, parameters = {}) => rows(await withRetries(() => guarded('WRITE', statement, parameters))),
    readGenerated: async (statement, parameters) => guarded('READ', statement, parameters),
  };
}

/** Writers of one tenant can lock each other out, or both create what a MERGE did not find; the second try finds it. */
async function withRetries<T>(write: () => Promise<T>, tries = 4): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (tries <= 1 || !isWorthAnotherTry(error)) throw error;
    await sleep(10 + Math.random() * 40);
    return withRetries(write, tries - 1);
  }
}

function rows<Row extends RecordShape>(result: QueryResult): Row[] {
  return result.records.map((record) => record.toObject() as Row);
}

/** Community Edition has this one beside `system`; naming it saves the driver a question. */
const DATABASE = 'neo4j';

/** Building an index over what is there already takes longer than a request may. */
const SYSTEM_TIMEOUT_MS = 120_000;
/** Processes that migrate at the same moment deadlock on the schema; each comes through in the end. */
const SYSTEM_TRIES = 40;
