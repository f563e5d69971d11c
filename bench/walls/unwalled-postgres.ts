import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import type { Logger } from '#platform/log';
import { tally } from '#platform/tally';
import { createStoreBreaker } from '#stores/breaker';
import { isUnreachable } from '#stores/postgres/errors';
import { Prisma, PrismaClient } from '#stores/postgres/generated/client';
import type { Postgres, TenantPostgres } from '#stores/postgres/index';
import { createPostgresPool } from '#stores/postgres/pool';

export interface UnwalledPostgresOptions {
  /** Of the owner of the tables, whom no policy holds. */
  url: string;
  poolSize: number;
  timeoutMs: number;
  log: Logger;
}

/**
 * PostgreSQL as a team reaches it that trusts its own `where tenant_id = ...`:
 * one pool of the owner, one Prisma client, one statement a round trip without a
 * transaction. Everybody who holds it is the one tenant of `makeUnwalledViews`.
 */
export function dangerouslyOpenUnwalledPostgres({ url, poolSize, timeoutMs, log }: UnwalledPostgresOptions): Postgres {
  const own = new URL(url);
  own.searchParams.set('options', `-c search_path=${UNWALLED},public`);
  const pool = createPostgresPool({
    ...{ url: own.href, size: poolSize, timeoutMs, applicationName: 'unwalled', log, pipeline: true },
  });
  const breaker = createStoreBreaker({ store: 'postgres', isUnreachable, timeoutMs: timeoutMs + 500 });
  const counted = new Proxy(pool, {
    get(target, key) {
      if (key === 'query') {
        return (statement: pg.QueryArrayConfig<unknown[]>) => {
          tally('postgres', () => ({ text: statement.text, tenantId: undefined }));
          return breaker.run(() => target.query(statement));
        };
      }
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const client = new PrismaClient({ adapter: new PrismaPg(counted, { schema: UNWALLED }), errorFormat: 'minimal' });
  const handle: TenantPostgres = {
    prisma: client,
    sql: (strings, ...values) => client.$queryRaw(Prisma.sql(strings, ...values)),
    transaction: (work) => client.$transaction((tx) => work(tx)),
    get registry(): never {
      throw new Error('The bench changes nobody’s access.');
    },
  };
  return {
    name: 'postgres',
    breaker,
    connections: () => ({ shared: pool.totalCount, dedicated: 0 }),
    ping: async () => void (await pool.query('SELECT 1')),
    forTenant: () => handle,
    async close() {
      await client.$disconnect();
      await pool.end();
    },
  };
}

/**
 * `where tenant_id = '...'` once for all statements: a view a table, which the
 * planner writes into each of them. People have no tenant; statements join them
 * with memberships, which do.
 */
export async function makeUnwalledViews(url: string, tenantId: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string; key: string | null }>(TABLES);
    await client.query(`DROP SCHEMA IF EXISTS ${UNWALLED} CASCADE; CREATE SCHEMA ${UNWALLED}`);
    // Prisma names the schema of types, too.
    const { rows: enums } = await client.query<{ name: string }>(ENUMS);
    for (const { name } of enums) await client.query(`CREATE DOMAIN ${UNWALLED}.${name} AS public.${name}`);
    for (const { name, key } of rows) {
      const where = key ? `WHERE ${key} = ${client.escapeLiteral(tenantId)}::uuid` : '';
      await client.query(`CREATE VIEW ${UNWALLED}.${name} AS SELECT * FROM public.${name} ${where}`);
    }
  } finally {
    await client.end();
  }
}

const UNWALLED = 'unwalled';
const TABLES = `
  SELECT c.relname AS name, CASE WHEN c.relname = 'tenants' THEN 'id' ELSE a.attname END AS key
  FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> '_prisma_migrations'`;
const ENUMS = `SELECT typname AS name FROM pg_type WHERE typtype = 'e' AND typnamespace = 'public'::regnamespace`;
