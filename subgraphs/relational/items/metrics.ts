import type { TenantPostgres } from '#stores/postgres/index';
import type { TenantMetricsModel } from '../models.ts';

/** The newest days, a row each. Taken by the process that keeps the audit; today's is renewed every hour. */
export async function listMetrics(days: number, { prisma }: TenantPostgres): Promise<TenantMetricsModel[]> {
  const rows = await prisma.tenantMetrics.findMany({ orderBy: { date: 'desc' }, take: days });
  return rows.map((row) => ({
    ...row,
    date: row.date.toISOString().slice(0, 10),
    storageBytes: Number(row.storageBytes),
  }));
}
