import type pg from 'pg';
import { makePartitionsAhead } from '../audit/partitions.ts';
import { type AuditAccess, inEachPlace } from '../audit/places.ts';
import { cleanMemory } from '../memory/clean.ts';
import { refreshRollups } from '../memory/rollups.ts';
import { chooseVectorIndex, type VectorIndex } from '../vectors.ts';
import { takeMetrics } from './metrics.ts';

export const MAINTENANCE_TASKS = [
  'PARTITIONS',
  'ANALYZE',
  'VACUUM',
  'REINDEX',
  'METRICS',
  'CLEAN',
  'ROLLUPS',
  'VECTORS',
] as const;
export type MaintenanceTask = (typeof MAINTENANCE_TASKS)[number];

export interface MaintenanceAccess extends AuditAccess {
  /** VECTOR_INDEX. */
  readonly vectorIndex?: VectorIndex;
}

/** What a task did. */
export interface TaskResult {
  /** Partitions made, tables analysed, vacuumed or reindexed, tenants counted, indexes of vectors built. */
  readonly done: number;
  /** What could not be done; the rest was. */
  readonly failed: readonly string[];
}

/** Each can be run at any time and any number of times; nobody is kept from reading or writing meanwhile. */
export async function runTask(access: MaintenanceAccess, task: MaintenanceTask): Promise<TaskResult> {
  switch (task) {
    case 'PARTITIONS':
      return { done: await makePartitionsAhead(access), failed: [] };
    case 'METRICS':
      return { done: await takeMetrics(access), failed: [] };
    case 'CLEAN':
      return clean(access);
    case 'ROLLUPS':
      return refreshRollups(access);
    case 'ANALYZE':
      return forEachTable(access, (table) => `ANALYZE ${table}`);
    case 'VACUUM':
      return forEachTable(access, (table) => `VACUUM (ANALYZE) ${table}`);
    case 'REINDEX':
      return forEachTable(access, (table) => `REINDEX TABLE CONCURRENTLY ${table}`);
    case 'VECTORS':
      return chooseVectorIndexes(access);
  }
}

async function chooseVectorIndexes({ vectorIndex = 'HNSW', ...access }: MaintenanceAccess): Promise<TaskResult> {
  let done = 0;
  await inEachPlace(access, async (client) => {
    if (await chooseVectorIndex(client, vectorIndex)) done += 1;
  });
  return { done, failed: [] };
}

/** Until nothing is left that is over. */
async function clean(access: AuditAccess): Promise<TaskResult> {
  let done = 0;
  for (;;) {
    const { removed, more, failed } = await cleanMemory(access);
    done += Object.values(removed).reduce((sum, count) => sum + count, 0);
    if (!more) return { done, failed };
  }
}

async function forEachTable(access: AuditAccess, statement: (table: string) => string): Promise<TaskResult> {
  const failed: string[] = [];
  let done = 0;
  await inEachPlace(access, async (client) => {
    await dropUnfinished(client);
    const { rows } = await client.query<{ name: string }>(
      `SELECT oid::regclass::text AS name FROM pg_class
       WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' ORDER BY 1`,
    );
    for (const { name } of rows) {
      try {
        await client.query(statement(name));
        done += 1;
      } catch (error) {
        failed.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  });
  return { done, failed };
}

/** What a REINDEX that was killed leaves behind: it serves nobody, and costs each write. */
async function dropUnfinished(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT indexrelid::regclass::text AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     WHERE NOT indisvalid AND relname ~ '_ccnew\\d*$' AND relnamespace = current_schema()::regnamespace`,
  );
  for (const { name } of rows) await client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
}
