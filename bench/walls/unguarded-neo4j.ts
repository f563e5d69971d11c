import neo4j, { type QueryResult, type RecordShape, type SessionMode } from 'neo4j-driver';
import { tally } from '#platform/tally';
import { createStoreBreaker } from '#stores/breaker';
import { isUnreachable } from '#stores/neo4j/errors';
import type { Neo4j, Neo4jOptions, Parameters } from '#stores/neo4j/index';

/** Neo4j as stores/neo4j opens it, statement for statement, but without the guard that reads each of them. */
export function dangerouslyOpenUnguardedNeo4j({ url, user, password, timeoutMs }: Neo4jOptions): Neo4j {
  const driver = neo4j.driver(url, neo4j.auth.basic(user, password), {
    disableLosslessIntegers: true,
    maxConnectionPoolSize: 20,
    connectionTimeout: timeoutMs,
    connectionAcquisitionTimeout: timeoutMs,
    connectionLivenessCheckTimeout: 30_000,
    userAgent: 'unguarded',
    telemetryDisabled: true,
  });
  const breaker = createStoreBreaker({ store: 'neo4j', isUnreachable, timeoutMs });
  const bookmarkManager = neo4j.bookmarkManager();
  const run = (defaultAccessMode: SessionMode, statement: string, parameters: Parameters): Promise<QueryResult> =>
    breaker.run(async () => {
      const session = driver.session({ database: 'neo4j', defaultAccessMode, bookmarkManager });
      try {
        tally('neo4j', () => ({ text: statement, tenantId: undefined }));
        return await session.run(statement, parameters, { timeout: timeoutMs });
      } finally {
        await session.close();
      }
    });
  const rows = <Row extends RecordShape>({ records }: QueryResult): Row[] =>
    records.map((record) => record.toObject() as Row);
  return {
    name: 'neo4j',
    breaker,
    ping: async () => void (await run('READ', 'RETURN 1 AS one', {})),
    forTenant({ tenantId }) {
      const bound = (parameters: Parameters = {}): Parameters => ({ ...parameters, tenantId, jwt: { tenantId } });
      return {
        tenantId,
        read: async (statement, parameters) => rows(await run('READ', statement, bound(parameters))),
        write: async (statement, parameters) => rows(await run('WRITE', statement, bound(parameters))),
        readGenerated: (statement, parameters) => run('READ', statement, bound(parameters)),
      };
    },
    dangerouslyAsSystem() {
      throw new Error('The bench asks as a tenant.');
    },
    close: () => driver.close(),
  };
}
