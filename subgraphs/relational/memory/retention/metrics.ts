import { z } from 'zod';
import type { TenantPostgres } from '#stores/postgres/index';
import { pageSize } from '../../../runtime/connection.ts';
import type { Context } from '../../context.ts';
import type { PerformanceMetricInput, QueryPerformanceSummaryArgs } from '../../generated/resolvers.ts';
import { check, text } from '../../input.ts';

export interface MetricRow {
  readonly id: string;
  readonly at: Date;
  readonly subject: string;
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

export interface SummaryRow {
  readonly hour: Date;
  readonly subject: string;
  readonly name: string;
  readonly unit: string;
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly p95: number;
}

export interface HealthRow {
  readonly state: 'CURRENT' | 'STALE';
  readonly refreshedAt: Date | null;
  readonly expired: number;
  readonly expiring: number;
  readonly metricsOfLastHour: number;
}

export async function logMetric({ tenant, stores }: Context, input: PerformanceMetricInput): Promise<MetricRow> {
  const { subject, name, value, unit } = check(METRIC, input);
  const [row] = await stores.postgres.transaction(
    (tx) => tx.$queryRaw<MetricRow[]>`INSERT INTO performance_metrics (tenant_id, subject, name, value, unit)
      VALUES (${tenant.tenantId}::uuid, ${subject}::text, ${name}::text, ${value}::float8, ${unit}::text)
      RETURNING id, at, subject, name, value, unit`,
  );
  if (!row) throw new Error('A metric that was logged is not there.');
  return row;
}

export function summarise({ sql }: TenantPostgres, args: QueryPerformanceSummaryArgs): Promise<SummaryRow[]> {
  const hours = pageSize(args.hours, { max: 720, standard: 24, name: 'hours' });
  const size = pageSize(args.first, { max: 1_000, standard: 100 });
  const subject = args.subject ?? null;
  return sql`
    SELECT date_trunc('hour', at) AS hour, subject, name, unit, count(*)::int AS count, avg(value) AS mean, min(value) AS min,
      max(value) AS max, percentile_cont(0.95) WITHIN GROUP (ORDER BY value) AS p95
    FROM performance_metrics
    WHERE at > now() - make_interval(hours => ${hours}::int) AND (${subject}::text IS NULL OR subject = ${subject}::text)
    GROUP BY 1, 2, 3, 4 ORDER BY 1 DESC, 2, 3, 4 LIMIT ${size}`;
}

/** What has expired is not to be seen by requests, not even to be counted: that is known from the last count. */
export async function readHealth({ sql }: TenantPostgres): Promise<HealthRow> {
  const [row] = await sql<Omit<HealthRow, 'state'> & { current: boolean }>`
    SELECT last.refreshed_at AS "refreshedAt", coalesce(last.expired, 0) AS expired,
      coalesce(last.refreshed_at > now() - interval '1 day', NOT EXISTS (SELECT FROM execution_contexts)) AS current,
      (SELECT count(*) FROM memories WHERE expires_at < now() + interval '1 day')::int AS expiring,
      (SELECT count(*) FROM performance_metrics WHERE at > now() - interval '1 hour')::int AS "metricsOfLastHour"
    FROM (
      SELECT max(refreshed_at) AS refreshed_at, sum(expired)::int AS expired FROM memory_rollups
      WHERE day = (SELECT max(day) FROM memory_rollups)
    ) AS last`;
  if (!row) throw new Error('PostgreSQL answered a count with nothing.');
  const { current, ...facts } = row;
  return { ...facts, state: current ? 'CURRENT' : 'STALE' };
}

const word = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$/, 'is 1 to 60 of a-z, 0-9 and inner hyphens');
const METRIC = z.object({
  subject: word,
  name: word,
  value: z.number().min(-1e15, 'is at least -1e15').max(1e15, 'is at most 1e15'),
  unit: text(20).pipe(z.string().min(1, 'is empty')),
});
