import type pg from 'pg';
import type { Tier } from '#tenancy/tiers';
import { withClient } from '../places.ts';
import { urlOfRole } from '../roles.ts';
import type { TableReceipt } from './sync.ts';

/** Each is repeated from its start where a process was killed in it. */
export const MOVE_STEPS = ['planned', 'copying', 'catching up', 'switching', 'verifying', 'cleaned'] as const;
export type MoveStep = (typeof MOVE_STEPS)[number];

export interface MoveRecord {
  readonly id: string;
  readonly tenantId: string;
  readonly from: Tier;
  readonly to: Tier;
  readonly step: MoveStep;
  readonly startedAt: Date;
  readonly finishedAt: Date | undefined;
  readonly receipt: MoveReceipt | undefined;
}

/** What was compared while nobody could write. */
export interface MoveReceipt {
  readonly tables: readonly TableReceipt[];
  readonly rows: number;
  /** SHA-256 over the checksums of all tables; equal on both sides, or there is no receipt. */
  readonly checksum: string;
  /** How long writers of this tenant waited. Readers and other tenants did not. */
  readonly pausedMs: number;
  /** How often the differences were carried before the pause. */
  readonly passes: number;
}

/** The one that is not finished; else undefined. @param admin with the tenant set */
export async function findUnfinished(admin: pg.Client, tenantId: string): Promise<MoveRecord | undefined> {
  const { rows } = await admin.query<Row>(`${SELECT} WHERE tenant_id = $1 AND finished_at IS NULL`, [tenantId]);
  return rows[0] && toRecord(rows[0]);
}

export async function beginMove(admin: pg.Client, tenantId: string, from: Tier, to: Tier): Promise<MoveRecord> {
  const text = `INSERT INTO public.tenant_moves (tenant_id, from_tier, to_tier) VALUES ($1, $2, $3) RETURNING ${COLUMNS}`;
  const { rows } = await admin.query<Row>(text, [tenantId, from, to]);
  if (!rows[0]) throw new Error('PostgreSQL recorded no move.');
  return toRecord(rows[0]);
}

export async function recordStep(client: pg.Client, { tenantId, id }: MoveRecord, step: MoveStep): Promise<void> {
  await client.query(
    `UPDATE public.tenant_moves SET step = $3, finished_at = CASE WHEN $3 = 'cleaned' THEN now() END
     WHERE tenant_id = $1 AND id = $2`,
    [tenantId, id, step],
  );
}

export async function recordReceipt(
  client: pg.Client,
  { tenantId, id }: MoveRecord,
  receipt: MoveReceipt,
): Promise<void> {
  const text = 'UPDATE public.tenant_moves SET receipt = $3 WHERE tenant_id = $1 AND id = $2';
  await client.query(text, [tenantId, id, JSON.stringify(receipt)]);
}

export async function readReceiptOf(client: pg.Client, { tenantId, id }: MoveRecord): Promise<MoveReceipt | undefined> {
  const text = 'SELECT receipt FROM public.tenant_moves WHERE tenant_id = $1 AND id = $2';
  const { rows } = await client.query<Pick<Row, 'receipt'>>(text, [tenantId, id]);
  return rows[0]?.receipt ?? undefined;
}

export interface MoveListing extends MoveRecord {
  readonly slug: string;
}

/** Of all tenants, newest first. @param url the migrator's */
export function listMoves(url: string, secrets: readonly [string, ...string[]]): Promise<MoveListing[]> {
  return withClient(urlOfRole(url, 'provision', secrets), async (client) => {
    const { rows } = await client.query<Row & { slug: string }>(
      `SELECT ${COLUMNS}, (SELECT slug FROM tenants WHERE tenants.id = tenant_id) AS slug
       FROM public.tenant_moves ORDER BY started_at DESC`,
    );
    return rows.map((row) => ({ ...toRecord(row), slug: row.slug }));
  });
}

interface Row {
  id: string;
  tenant_id: string;
  from_tier: Tier;
  to_tier: Tier;
  step: MoveStep;
  receipt: MoveReceipt | null;
  started_at: Date;
  finished_at: Date | null;
}

const COLUMNS = 'id, tenant_id, from_tier, to_tier, step, receipt, started_at, finished_at';
const SELECT = `SELECT ${COLUMNS} FROM public.tenant_moves`;

function toRecord(row: Row): MoveRecord {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    from: row.from_tier,
    to: row.to_tier,
    step: row.step,
    startedAt: row.started_at,
    finishedAt: row.finished_at ?? undefined,
    receipt: row.receipt ?? undefined,
  };
}
