import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import type { Logger } from '#platform/log';
import { tally } from '#platform/tally';
import { createStoreBreaker } from '#stores/breaker';
import { createClient } from '#stores/postgres/client';
import { isUnreachable } from '#stores/postgres/errors';
import { Prisma } from '#stores/postgres/generated/client';
import type { Postgres, TenantPostgres } from '#stores/postgres/index';
import { createPostgresPool } from '#stores/postgres/pool';

export interface UnwalledPostgresOptions {
  /** Of the owner, whom no policy holds; see `makeUnwalledCopy`. */
  url: string;
  poolSize: number;
  timeoutMs: number;
  log: Logger;
}

/**
 * PostgreSQL as a team reaches it that trusts its own `where tenant_id = ...`:
 * one pool of the owner, one Prisma client, one statement a round trip without a
 * transaction. Everybody who holds it is the one tenant of the copy.
 */
export function dangerouslyOpenUnwalledPostgres({ url, poolSize, timeoutMs, log }: UnwalledPostgresOptions): Postgres {
  const pool = createPostgresPool({ url, size: poolSize, timeoutMs, applicationName: 'unwalled', log, pipeline: true });
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
  const client = createClient(new PrismaPg(counted));
  const handle: TenantPostgres = {
    prisma: client,
    sql: (strings, ...values) => client.$queryRaw(Prisma.sql(strings, ...values)),
    transaction: (work) => client.$transaction((tx) => work(tx)),
    registry: refusing('The bench changes nobody’s access.'),
    sharing: refusing('The bench shares nothing.'),
  };
  return {
    name: 'postgres',
    breaker,
    servers: { status: () => [], check: async () => undefined, onPrimary: (url) => url },
    connections: () => ({ shared: pool.totalCount, dedicated: 0 }),
    ping: async () => void (await pool.query('SELECT 1')),
    forTenant: () => handle,
    async close() {
      await client.$disconnect();
      await pool.end();
    },
  };
}

/** Loaders are handed each part for every request, whether or not they use it: only to use this one is refused. */
function refusing<T extends object>(why: string): T {
  return new Proxy({} as T, {
    get() {
      throw new Error(why);
    },
  });
}

/**
 * A copy of the database in which `where tenant_id = '...'` is written once for
 * all statements: a view a table, which the planner writes into each of them.
 * People have no tenant; statements join them with memberships, which do.
 * @param url of the owner, while nobody is connected to the database
 * @returns the URL of the copy
 */
export async function makeUnwalledCopy(url: string, tenantId: string): Promise<string> {
  const original = new URL(url);
  const inDatabase = (name: string): string => Object.assign(new URL(url), { pathname: `/${name}` }).href;
  await withClient(inDatabase('postgres'), async (client) => {
    const name = client.escapeIdentifier(original.pathname.slice(1));
    await client.query(`CREATE DATABASE unwalled TEMPLATE ${name}`);
  });
  const copy = inDatabase('unwalled');
  await withClient(copy, async (client) => {
    const { rows } = await client.query<{ name: string; key: string | null }>(TABLES);
    await client.query('CREATE SCHEMA data');
    for (const { name, key } of rows) {
      const where = key ? `WHERE ${key} = ${client.escapeLiteral(tenantId)}::uuid` : '';
      await client.query(`ALTER TABLE public.${name} SET SCHEMA data`);
      await client.query(`CREATE VIEW public.${name} AS SELECT * FROM data.${name} ${where}`);
    }
  });
  return copy;
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const TABLES = `
  SELECT c.relname AS name, CASE WHEN c.relname = 'tenants' THEN 'id' ELSE a.attname END AS key
  FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND c.relname <> '_prisma_migrations'`;
