import { RETENTION, readRetention } from '../memory/retention.ts';
import type { Placement } from '../placement.ts';
import { type ArchiveReport, archiveMonth } from './archive.ts';
import { inEachTenant } from './each-tenant.ts';
import { type AuditAccess, inEachPlace } from './places.ts';

export interface ArchiveByAgeOptions extends AuditAccess {
  readonly dir: string;
  /** In every place; where absent, as long as the tenants of a place want it kept. */
  readonly days?: number | undefined;
}

/**
 * Archives the months of the audit that are older than that, place by place. Chains of one place are in the same
 * partitions, so a month leaves when the tenant that keeps it longest no longer does.
 */
export async function archiveByAge({ dir, days, ...access }: ArchiveByAgeOptions): Promise<ArchiveReport[]> {
  const kept = days === undefined ? await readKept(access) : [];
  const due: { month: string; place: Placement | undefined }[] = [];
  await inEachPlace(access, async (client, place) => {
    const here = kept.filter(({ tenantId }) => !place || place.tenantId === tenantId);
    const longest = days ?? Math.max(...here.map((one) => one.days), RETENTION.AUDIT.min);
    const { rows } = await client.query<{ month: string }>(MONTHS, [longest]);
    due.push(...rows.map(({ month }) => ({ month, place })));
  });
  const reports: ArchiveReport[] = [];
  for (const { month, place } of due) {
    const there = (other: Placement | undefined): boolean => other?.tenantId === place?.tenantId;
    reports.push(...(await archiveMonth({ ...access, dir, month, there })));
  }
  return reports;
}

/** Of all tenants: each has a chain in the shared place, wherever it lives. */
async function readKept(access: AuditAccess): Promise<{ tenantId: string; days: number }[]> {
  const kept: { tenantId: string; days: number }[] = [];
  await inEachTenant(access, async (tenant) => {
    const own = await readRetention(tenant);
    kept.push({ tenantId: tenant.id, days: own.get('AUDIT') ?? RETENTION.AUDIT.standard });
  });
  return kept;
}

/** Whose last day is older. */
const MONTHS = `
  SELECT to_char(month, 'YYYY-MM') AS month
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid,
    LATERAL (SELECT to_date(substring(c.relname FROM '\\d{4}_\\d{2}$'), 'YYYY_MM') AS month) AS m
  WHERE i.inhparent = 'audit_log'::regclass AND c.relname ~ '\\d{4}_\\d{2}$'
    AND month + interval '1 month' < (now() AT TIME ZONE 'UTC') - make_interval(days => $1)
  ORDER BY month`;
