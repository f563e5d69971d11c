import { type AuditAccess, inEachPlace } from '../audit/places.ts';
import {
  actForTenant,
  checkMonth,
  checkPastMonth,
  fileOf,
  inTransaction,
  isPartitionThere,
  nameOfPlace,
  readPacked,
  sha256,
  takeOutMonth,
  tellAudit,
  writePacked,
} from '../months.ts';

export interface MetricsArchiveOptions extends AuditAccess {
  /** Gets one file for each tenant and month: `<place>/<tenant>/<month>.jsonl.gz`, readable by its owner only. */
  readonly dir: string;
  /** `2026-01` */
  readonly month: string;
}

export interface MetricsArchiveReport {
  readonly place: string;
  readonly tenants: number;
  /** Rows: a day of a tenant each. */
  readonly days: number;
}

/**
 * Writes a month of every tenant's metrics to files and takes it out of the database. Each place in one transaction,
 * after its files are on the disk: a run that was killed is completed by the next, and a run too many does nothing.
 * @throws Error for a month that is not over
 */
export async function archiveMetrics({
  dir,
  month,
  ...access
}: MetricsArchiveOptions): Promise<MetricsArchiveReport[]> {
  checkPastMonth(month);
  const reports: MetricsArchiveReport[] = [];
  await inEachPlace(access, async (client, place) => {
    if (!(await isPartitionThere(client, 'tenant_metrics', month))) return;
    const where = nameOfPlace(place);
    await inTransaction(client, () =>
      takeOutMonth(client, 'tenant_metrics', month, async (table) => {
        const { rows } = await client.query<{ id: string; days: number; text: string }>(
          `SELECT tenant_id AS id, count(*)::int AS days, string_agg(to_jsonb(m)::text || E'\\n', '' ORDER BY date) AS text
         FROM ${table} m GROUP BY tenant_id`,
        );
        for (const { id, days, text } of rows) {
          await writePacked(fileOf(dir, where, id, month), text);
          await actForTenant(client, id);
          await client.query(
            `INSERT INTO metrics_archives (tenant_id, month, days, file_sha256) VALUES ($1, to_date($2, 'YYYY-MM'), $3, $4)`,
            [id, month, days, sha256(text)],
          );
          await tellAudit(client);
        }
        reports.push({ place: where, tenants: rows.length, days: rows.reduce((sum, { days }) => sum + days, 0) });
      }),
    );
  });
  return reports;
}

/**
 * Puts an archived month back.
 * @throws Error where a file is not the one that was written; nothing is changed in that place then
 */
export async function restoreMetrics({
  dir,
  month,
  ...access
}: MetricsArchiveOptions): Promise<MetricsArchiveReport[]> {
  checkMonth(month);
  const reports: MetricsArchiveReport[] = [];
  await inEachPlace(access, async (client, place) => {
    const where = nameOfPlace(place);
    await inTransaction(client, async () => {
      await client.query('ALTER TABLE metrics_archives NO FORCE ROW LEVEL SECURITY');
      const { rows } = await client.query<{ id: string; days: number; sum: string }>(
        `SELECT tenant_id AS id, days, file_sha256 AS sum FROM metrics_archives WHERE month = to_date($1, 'YYYY-MM')`,
        [month],
      );
      await client.query('ALTER TABLE metrics_archives FORCE ROW LEVEL SECURITY');
      if (rows.length === 0) return;
      await client.query(`SELECT make_month_partition('tenant_metrics', to_date($1, 'YYYY-MM'))`, [month]);
      for (const { id, sum } of rows) {
        const text = await readPacked(fileOf(dir, where, id, month));
        if (sha256(text) !== sum)
          throw new Error(`The archive of ${id} for ${month} is not the file that was written.`);
        await actForTenant(client, id);
        await client.query(
          `INSERT INTO tenant_metrics SELECT given.* FROM unnest($1::jsonb[]) AS line,
           jsonb_populate_record(NULL::tenant_metrics, line) AS given`,
          [text.split('\n').filter(Boolean)],
        );
        await client.query(`DELETE FROM metrics_archives WHERE tenant_id = $1 AND month = to_date($2, 'YYYY-MM')`, [
          ...[id, month],
        ]);
        await tellAudit(client);
      }
      reports.push({ place: where, tenants: rows.length, days: rows.reduce((total, { days }) => total + days, 0) });
    });
  });
  return reports;
}
