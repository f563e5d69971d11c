import { PolygraphError } from '#platform/errors';
import type { TenantPostgres } from '#stores/postgres/index';
import type { Maintenance, MaintenanceRun } from '#stores/postgres/maintenance/index';
import type { Principal } from '#tenancy/context';
import { pageSize } from '../runtime/connection.ts';
import type { Resolvers } from './generated/resolvers.ts';
import type { MaintenanceRunModel, TenantPerformanceModel } from './models.ts';

/** @param maintenance undefined in a process that does not hold the keys of the tables' owner */
export function createMaintenanceResolvers(maintenance: Maintenance | undefined): Resolvers {
  const open = (): Maintenance => {
    if (maintenance) return maintenance;
    throw new PolygraphError('NOT_SUPPORTED', 'This process cannot maintain the database; use `polygraph optimize`.');
  };
  return {
    Query: {
      tableStatistics: () => open().tables(),
      slowQueries: async (_, { first }) => (await open().slowQueries(pageSize(first))) ?? null,
      dailyReport: () => open().dailyReport(),
      memorySystemHealth: () => open().memoryHealth(),
      maintenanceRuns: async (_, { first }) => (await open().runs(pageSize(first))).map(modelOf),
    },
    Mutation: {
      async maintain(_, { task }, { tenant, stores }) {
        const administrator = open();
        const { kind, id } = tenant.principal;
        await note(stores.postgres, tenant.principal, task);
        const run = await administrator.run(task, `${kind}:${id}`);
        if (!run) throw new PolygraphError('CONFLICT', 'This task is under way already.');
        return modelOf(run);
      },
    },
    Tenant: {
      performance: (_, __, { stores }) => readPerformance(stores.postgres),
    },
  };
}

/** In the chain of the administrator's own tenant, before it begins; the list of runs tells what came of it. */
async function note(postgres: TenantPostgres, { kind, id }: Principal, task: string): Promise<void> {
  await postgres.transaction(
    (tx) => tx.$queryRaw`SELECT audit_append(current_setting('app.tenant')::uuid, clock_timestamp(), ${kind}, ${id},
      'maintenance.run', 'EVENT', 'maintenance_runs', ${task}, 'WARNING', NULL, NULL, '{}')::text`,
  );
}

async function readPerformance({ sql }: TenantPostgres): Promise<TenantPerformanceModel> {
  const [row] = await sql<TenantPerformanceModel>`
    SELECT (SELECT count(*) FROM memberships)::int AS "userCount",
      (SELECT count(*) FROM contents WHERE deleted_at IS NULL)::int AS "contentCount",
      (SELECT count(*) FROM items WHERE deleted_at IS NULL)::int AS "itemCount",
      (SELECT count(*) FROM audit_log WHERE at > now() - interval '24 hours')::int AS "recentAudits",
      coalesce((SELECT storage_bytes FROM tenant_usage), 0)::float8 / 1000000 AS "storageMb"`;
  if (!row) throw new Error('PostgreSQL answered a count with nothing.');
  return row;
}

function modelOf({ result, ...run }: MaintenanceRun): MaintenanceRunModel {
  return { ...run, done: result?.done ?? null, failed: result?.failed.length ?? null };
}
