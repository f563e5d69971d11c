import type pg from 'pg';

/** Of one table, the same table of all places together. */
export interface TableStatistics {
  readonly name: string;
  /** How many places have it. */
  readonly places: number;
  readonly rows: number;
  readonly deadRows: number;
  /** With indexes. */
  readonly bytes: number;
  readonly indexBytes: number;
  readonly sequentialScans: number;
  readonly indexScans: number;
  readonly lastVacuum: Date | null;
  readonly lastAnalyze: Date | null;
  readonly indexes: readonly IndexStatistics[];
}

export interface IndexStatistics {
  readonly name: string;
  readonly scans: number;
  readonly bytes: number;
}

export interface SlowQuery {
  /** With parameters in place of values. */
  readonly text: string;
  readonly calls: number;
  readonly meanMs: number;
  readonly maxMs: number;
  readonly totalMs: number;
  readonly rows: number;
}

export interface DailyReport {
  readonly from: Date;
  readonly to: Date;
  readonly tenants: number;
  /** Whose audit grew. */
  readonly activeTenants: number;
  readonly maintenanceRuns: number;
  /** Since the counters of the server began. */
  readonly countersSince: Date | null;
  readonly commits: number;
  readonly rollbacks: number;
  readonly deadlocks: number;
  /** Blocks found in memory, of all that were read: 0 to 1. */
  readonly cacheHitRatio: number;
  readonly connections: number;
  readonly maxConnections: number;
  readonly databaseBytes: number;
  readonly slowest: readonly SlowQuery[];
}

/** Of the shared database: its own tables, and those of schemas of tenants' own. Partitions count for their table. */
export async function readTables(client: pg.Client): Promise<TableStatistics[]> {
  const { rows } = await client.query<TableStatistics>(TABLES);
  return rows;
}

export async function readSlowQueries(client: pg.Client, first: number): Promise<SlowQuery[] | undefined> {
  // Not in `public`: the view has its owner's rights.
  await client
    .query('CREATE SCHEMA IF NOT EXISTS polygraph_monitoring')
    .then(() => client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements SCHEMA polygraph_monitoring'))
    .catch(() => undefined);
  try {
    const { rows } = await client.query<SlowQuery>(SLOW, [first]);
    return rows;
  } catch {
    // Not there, or not loaded with the server.
    return undefined;
  }
}

export async function readDailyReport(client: pg.Client): Promise<DailyReport> {
  const { rows } = await client.query<Omit<DailyReport, 'slowest'>>(DAILY);
  const [report] = rows;
  if (!report) throw new Error('PostgreSQL did not say how it is.');
  return { ...report, slowest: (await readSlowQueries(client, 10)) ?? [] };
}

const TABLES = `
  WITH tables AS (
    SELECT s.*, regexp_replace(s.relname, '_(default|\\d{4}_\\d{2})$', '') AS name
    FROM pg_stat_user_tables s WHERE s.schemaname = 'public' OR s.schemaname ~ '^t_[0-9a-f]{32}$'
  ), indexes AS (
    SELECT name, jsonb_agg(jsonb_build_object('name', index, 'scans', scans, 'bytes', bytes) ORDER BY index) AS list
    FROM (
      SELECT t.name, regexp_replace(i.indexrelname, '_(default|\\d{4}_\\d{2})_', '_') AS index,
        sum(i.idx_scan)::float8 AS scans, sum(pg_relation_size(i.indexrelid))::float8 AS bytes
      FROM pg_stat_user_indexes i JOIN tables t USING (relid) GROUP BY 1, 2
    ) AS each GROUP BY name
  )
  SELECT t.name, count(DISTINCT schemaname)::int AS places, sum(n_live_tup)::float8 AS rows,
    sum(n_dead_tup)::float8 AS "deadRows", sum(pg_total_relation_size(relid))::float8 AS bytes,
    sum(pg_indexes_size(relid))::float8 AS "indexBytes", sum(seq_scan)::float8 AS "sequentialScans",
    coalesce(sum(idx_scan), 0)::float8 AS "indexScans", max(greatest(last_vacuum, last_autovacuum)) AS "lastVacuum",
    max(greatest(last_analyze, last_autoanalyze)) AS "lastAnalyze", coalesce(i.list, '[]') AS indexes
  FROM tables t LEFT JOIN indexes i USING (name) GROUP BY t.name, i.list ORDER BY bytes DESC, name`;

/** Names of tenants' places are no part of a query's form. */
const SLOW = `
  SELECT regexp_replace(left(query, 2000), 't_[0-9a-f]{32}', 't_<tenant>', 'g') AS text, sum(calls)::float8 AS calls,
    sum(total_exec_time) / sum(calls) AS "meanMs", max(max_exec_time) AS "maxMs", sum(total_exec_time) AS "totalMs",
    sum(rows)::float8 AS rows
  FROM polygraph_monitoring.pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
  WHERE (d.datname = current_database() OR d.datname ~ '^t_[0-9a-f]{32}$') AND calls > 0
    AND query !~* '^\\s*(begin|commit|rollback|set|create|alter|drop|grant|do)\\M'
  GROUP BY 1 ORDER BY "meanMs" DESC LIMIT $1`;

const DAILY = `
  SELECT now() - interval '24 hours' AS from, now() AS to,
    (SELECT count(*) FROM placements)::int AS tenants,
    (SELECT count(DISTINCT tenant_id) FROM audit_heads WHERE at > now() - interval '24 hours')::int AS "activeTenants",
    (SELECT count(*) FROM maintenance_runs WHERE started_at > now() - interval '24 hours')::int AS "maintenanceRuns",
    stats_reset AS "countersSince", xact_commit::float8 AS commits, xact_rollback::float8 AS rollbacks,
    deadlocks::float8 AS deadlocks,
    coalesce(blks_hit::float8 / nullif(blks_hit + blks_read, 0), 1) AS "cacheHitRatio",
    (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::int AS connections,
    current_setting('max_connections')::int AS "maxConnections",
    pg_database_size(current_database())::float8 AS "databaseBytes"
  FROM pg_stat_database WHERE datname = current_database()`;
