import type pg from 'pg';
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
import type { Placement } from '../placement.ts';
import { readArchives, readRows } from './chain.ts';
import { type ChainRow, hashOf } from './digest.ts';
import { type AuditAccess, inEachPlace } from './places.ts';

export interface ArchiveOptions extends AuditAccess {
  /** Gets one file for each chain and month: `<place>/<tenant>/<month>.jsonl.gz`, readable by its owner only. */
  readonly dir: string;
  /** `2026-01` */
  readonly month: string;
  /** Which places; all where absent. `undefined` is the shared one. */
  readonly there?: (place: Placement | undefined) => boolean;
}

export interface ArchiveReport {
  readonly place: string;
  readonly chains: number;
  readonly rows: number;
}

/**
 * Writes a month of every chain to files and takes it out of the database; what
 * the chain goes on from stays (`audit_archives`), which is audited itself. Each
 * place in one transaction, after its files are on the disk: a run that was
 * killed is completed by the next, and a run too many does nothing.
 * @throws Error for a month that is not over
 */
export async function archiveMonth({ dir, month, there, ...access }: ArchiveOptions): Promise<ArchiveReport[]> {
  checkPastMonth(month);
  const reports: ArchiveReport[] = [];
  await inEachPlace(access, async (client, place) => {
    if (there?.(place) === false || !(await isPartitionThere(client, 'audit_log', month))) return;
    const where = nameOfPlace(place);
    await inTransaction(client, () =>
      takeOutMonth(client, 'audit_log', month, async (table) => {
        const { rows: tenants } = await client.query<{ id: string }>(`SELECT DISTINCT tenant_id AS id FROM ${table}`);
        let count = 0;
        for (const { id } of tenants) {
          const rows: ChainRow[] = [];
          for await (const row of readRows(client, id, table)) rows.push(row);
          const [text, first, last] = [printRows(rows), rows[0], rows.at(-1)];
          if (!first || !last) continue;
          await writePacked(fileOf(dir, where, id, month), text);
          await actForTenant(client, id);
          await client.query(
            `INSERT INTO audit_archives (tenant_id, first_seq, last_seq, month, prev_hash, last_hash, file_sha256)
           VALUES ($1, $2, $3, to_date($4, 'YYYY-MM'), $5, $6, $7)`,
            [id, String(first.seq), String(last.seq), month, first.prevHash, last.hash, sha256(text)],
          );
          await tellAudit(client);
          count += rows.length;
        }
        reports.push({ place: where, chains: tenants.length, rows: count });
      }),
    );
  });
  return reports;
}

/**
 * Puts an archived month back, row by row as it was.
 * @throws Error where a file is not the one that was written; nothing is changed in that place then
 */
export async function restoreMonth({ dir, month, ...access }: ArchiveOptions): Promise<ArchiveReport[]> {
  checkMonth(month);
  const reports: ArchiveReport[] = [];
  await inEachPlace(access, async (client, place) => {
    const where = nameOfPlace(place);
    await inTransaction(client, async () => {
      await client.query('LOCK TABLE audit_log IN ACCESS EXCLUSIVE MODE');
      await client.query('ALTER TABLE audit_archives NO FORCE ROW LEVEL SECURITY');
      const { rows: tenants } = await client.query<{ id: string }>(
        `SELECT DISTINCT tenant_id AS id FROM audit_archives WHERE month = to_date($1, 'YYYY-MM')`,
        [month],
      );
      if (tenants.length > 0)
        await client.query(`SELECT make_month_partition('audit_log', to_date($1, 'YYYY-MM'))`, [month]);
      let count = 0;
      for (const { id } of tenants) {
        await actForTenant(client, id);
        const stretch = (await readArchives(client, id)).find((one) => one.month === month);
        const text = await readPacked(fileOf(dir, where, id, month));
        if (!stretch || sha256(text) !== stretch.fileSha256) {
          throw new Error(`The archive of ${id} for ${month} is not the file that was written.`);
        }
        count += await insertRows(client, text);
        await client.query(`DELETE FROM audit_archives WHERE tenant_id = $1 AND month = to_date($2, 'YYYY-MM')`, [
          id,
          month,
        ]);
        await tellAudit(client);
      }
      await client.query('ALTER TABLE audit_archives FORCE ROW LEVEL SECURITY');
      if (tenants.length > 0) reports.push({ place: where, chains: tenants.length, rows: count });
    });
  });
  return reports;
}

/** Rows of an archive, for whoever follows the chain through the file as well. */
export function parseRows(text: string): ChainRow[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const row = JSON.parse(line) as Omit<ChainRow, 'seq'> & { seq: string };
      return { ...row, seq: BigInt(row.seq) };
    });
}

/** @returns the archive of one chain, unpacked; undefined where the file is not there */
export function readArchive(dir: string, place: Placement, month: string): Promise<string | undefined> {
  return readPacked(fileOf(dir, nameOfPlace(place), place.tenantId, month)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

async function insertRows(client: pg.ClientBase, text: string): Promise<number> {
  const rows = parseRows(text);
  const wrong = rows.find((row) => hashOf(row) !== row.hash);
  if (wrong) throw new Error(`Row ${wrong.seq} of the archive was changed.`);
  for (let at = 0; at < rows.length; at += 1_000) {
    const given = rows.slice(at, at + 1_000).map((row) => ({ ...row, seq: String(row.seq) }));
    await client.query(
      `INSERT INTO audit_log SELECT (r ->> 'tenantId')::uuid, (r ->> 'seq')::bigint, (r ->> 'at')::timestamptz,
         r ->> 'principalKind', r ->> 'principalId', r ->> 'action', r ->> 'operation', r ->> 'entity', r ->> 'entityId',
         r ->> 'severity', (r ->> 'before')::jsonb, (r ->> 'after')::jsonb, (r ->> 'metadata')::jsonb,
         r ->> 'prevHash', r ->> 'hash'
       FROM jsonb_array_elements($1::jsonb) AS r`,
      [JSON.stringify(given)],
    );
  }
  return rows.length;
}

const printRows = (rows: readonly ChainRow[]): string =>
  rows.map((row) => `${JSON.stringify({ ...row, seq: String(row.seq) })}\n`).join('');
