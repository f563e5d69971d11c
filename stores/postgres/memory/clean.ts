import { atHome, inEachTenantThere, type TenantAtHome } from '../audit/each-tenant.ts';
import type { AuditAccess } from '../audit/places.ts';
import { RETENTION, type RetentionKind, readRetention } from './retention.ts';

export interface CleanOptions {
  /** Rows removed in one transaction: whoever writes waits for no more than that. */
  readonly batch?: number;
  /** Of each kind of a tenant in one run, so that one tenant does not hold up the others. */
  readonly maxBatches?: number;
}

export interface CleanReport {
  readonly removed: Readonly<Record<Cleaned, number>>;
  /** True where a run more has something to do. */
  readonly more: boolean;
  /** Places that could not be reached, or not be cleaned. */
  readonly failed: readonly string[];
}

type Cleaned = Exclude<RetentionKind, 'AUDIT'>;

/**
 * Removes what has expired and what a tenant's retention no longer keeps, in all places. Every batch is a transaction of
 * its own that waits for nobody: rows that somebody else has locked are left for the next run, and so is a tenant that is
 * being moved. A run that was killed leaves nothing half done.
 */
export async function cleanMemory(
  access: AuditAccess,
  { batch = 500, maxBatches = 20 }: CleanOptions = {},
): Promise<CleanReport> {
  const removed = { MEMORIES: 0, OFFLOADED_CONTEXTS: 0, METRICS: 0 };
  let more = false;
  const failed = await inEachTenantThere(access, async (tenant) => {
    const days = await readDays(tenant);
    for (const sweep of SWEEPS) {
      const kept = days[sweep.kind];
      if (sweep.aged && kept === undefined) continue;
      const swept = await sweepTenant(tenant, sweep, kept, { batch, maxBatches });
      removed[sweep.kind] += swept.count;
      more ||= swept.more;
    }
  });
  return { removed, more, failed };
}

async function sweepTenant(
  tenant: TenantAtHome,
  sweep: Sweep,
  kept: number | undefined,
  { batch, maxBatches }: Required<CleanOptions>,
): Promise<{ count: number; more: boolean }> {
  const limit = Math.max(1, Math.floor(batch / (sweep.weight ?? 1)));
  let count = 0;
  for (let turn = 0; turn < maxBatches; turn += 1) {
    const removed = await removeBatch(tenant, sweep, limit, kept);
    count += removed;
    if (removed < limit) return { count, more: false };
  }
  return { count, more: true };
}

interface Sweep {
  readonly kind: Cleaned;
  readonly table: string;
  readonly over: string;
  /** `over` speaks of `$3`, the days that the tenant keeps it. */
  readonly aged?: boolean;
  /** How many rows one stands for: with a context go its pieces. */
  readonly weight?: number;
}

const SWEEPS: readonly Sweep[] = [
  { kind: 'MEMORIES', table: 'memories', over: 'expires_at <= now()' },
  { kind: 'MEMORIES', table: 'memories', over: 'created_at < now() - make_interval(days => $3)', aged: true },
  {
    ...{ kind: 'OFFLOADED_CONTEXTS', table: 'offloaded_contexts', aged: true, weight: 20 },
    over: 'created_at < now() - make_interval(days => $3)',
  },
  { kind: 'METRICS', table: 'performance_metrics', over: 'at < now() - make_interval(days => $3)', aged: true },
];

async function removeBatch(
  tenant: TenantAtHome,
  { table, over, aged }: Sweep,
  limit: number,
  kept: number | undefined,
): Promise<number> {
  const { client, id } = tenant;
  const removed = await atHome(tenant, async () => {
    await client.query(`SELECT set_config('app.action', 'memory.clean', true)`);
    const { rowCount } = await client.query(
      `DELETE FROM ${table} WHERE tenant_id = $1 AND id IN (
         SELECT id FROM ${table} WHERE tenant_id = $1 AND ${over} LIMIT $2 FOR UPDATE SKIP LOCKED)`,
      aged ? [id, limit, kept] : [id, limit],
    );
    return rowCount ?? 0;
  });
  return removed ?? 0;
}

async function readDays(tenant: TenantAtHome): Promise<Readonly<Record<Cleaned, number | undefined>>> {
  const own = await readRetention(tenant);
  return {
    MEMORIES: own.get('MEMORIES'),
    OFFLOADED_CONTEXTS: own.get('OFFLOADED_CONTEXTS'),
    METRICS: own.get('METRICS') ?? RETENTION.METRICS.standard,
  };
}
