import type pg from 'pg';
import { type MemoryHealth, readMemoryHealth } from '../memory/rollups.ts';
import { withClient } from '../places.ts';
import { type OnPrimary, sameServer } from '../pool.ts';
import {
  type DailyReport,
  readDailyReport,
  readSlowQueries,
  readTables,
  type SlowQuery,
  type TableStatistics,
} from './statistics.ts';
import { type MaintenanceAccess, type MaintenanceTask, runTask, type TaskResult } from './tasks.ts';

export type { DailyReport, SlowQuery, TableStatistics } from './statistics.ts';
export { MAINTENANCE_TASKS, type MaintenanceTask } from './tasks.ts';

export interface MaintenanceRun {
  readonly id: string;
  readonly task: MaintenanceTask;
  /** `user:<id>`, or who ran the command. */
  readonly requestedBy: string;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  /** Null while it runs, or where its process was killed. */
  readonly result: TaskResult | null;
}

/**
 * The care of the whole database, for platform administrators: it works as the
 * owner of the tables, in all places. What it tells holds no row of a tenant.
 */
export interface Maintenance {
  /** Notes who asked before it begins. One run of a task at a time: @returns undefined where one is under way */
  run(task: MaintenanceTask, requestedBy: string): Promise<MaintenanceRun | undefined>;
  /** Newest first. */
  runs(first: number): Promise<MaintenanceRun[]>;
  tables(): Promise<TableStatistics[]>;
  /** Undefined where the server does not keep count (pg_stat_statements). */
  slowQueries(first: number): Promise<SlowQuery[] | undefined>;
  dailyReport(): Promise<DailyReport>;
  memoryHealth(): Promise<MemoryHealth>;
}

/** @param onPrimary asked for each call */
export function openMaintenance(given: MaintenanceAccess, onPrimary: OnPrimary = sameServer): Maintenance {
  const open = (): MaintenanceAccess => ({ ...given, url: onPrimary(given.url) });
  const withOwner = <T>(work: (client: pg.Client) => Promise<T>): Promise<T> => withClient(open().url, work);
  return {
    run: (task, requestedBy) =>
      withOwner(async (client) => {
        const { rows: locks } = await client.query<{ mine: boolean }>(
          `SELECT pg_try_advisory_lock(hashtextextended('maintenance ' || $1, 0)) AS mine`,
          [task],
        );
        if (!locks[0]?.mine) return undefined;
        const { rows: begun } = await client.query<{ id: string }>(
          'INSERT INTO maintenance_runs (task, requested_by) VALUES ($1, $2) RETURNING id',
          [task, requestedBy],
        );
        const result = await runTask(open(), task);
        const { rows } = await client.query<MaintenanceRun>(
          `UPDATE maintenance_runs SET finished_at = clock_timestamp(), result = $2 WHERE id = $1 RETURNING ${COLUMNS}`,
          [begun[0]?.id, JSON.stringify(result)],
        );
        return rows[0];
      }),
    runs: (first) =>
      withOwner(async (client) => {
        const text = `SELECT ${COLUMNS} FROM maintenance_runs ORDER BY started_at DESC, id LIMIT $1`;
        return (await client.query<MaintenanceRun>(text, [first])).rows;
      }),
    tables: () => withOwner(readTables),
    slowQueries: (first) => withOwner((client) => readSlowQueries(client, first)),
    dailyReport: () => withOwner(readDailyReport),
    memoryHealth: () => readMemoryHealth(open()),
  };
}

const COLUMNS = `id, task, requested_by AS "requestedBy", started_at AS "startedAt", finished_at AS "finishedAt", result`;
