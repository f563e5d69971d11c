import { createHash } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type pg from 'pg';
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
  checkMonth(month);
  if (month >= new Date().toISOString().slice(0, 7)) throw new Error(`The month ${month} is not over.`);
  const reports: ArchiveReport[] = [];
  await inEachPlace(access, async (client, place) => {
    const table = tableOf(month);
    if (there?.(place) === false || !(await isThere(client, table))) return;
    const where = nameOf(place);
    await inTransaction(client, async () => {
      // No row may be late: appending to this month ends here.
      await client.query(`LOCK TABLE audit_log, ${table} IN ACCESS EXCLUSIVE MODE`);
      await client.query(`ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY`);
      const { rows: tenants } = await client.query<{ id: string }>(`SELECT DISTINCT tenant_id AS id FROM ${table}`);
      let count = 0;
      for (const { id } of tenants) {
        const rows: ChainRow[] = [];
        for await (const row of readRows(client, id, table)) rows.push(row);
        const [text, first, last] = [printRows(rows), rows[0], rows.at(-1)];
        if (!first || !last) continue;
        await writeDurably(fileOf(dir, where, id, month), await pack(text));
        await client.query("SELECT set_config('app.tenant', $1, true)", [id]);
        await client.query(
          `INSERT INTO audit_archives (tenant_id, first_seq, last_seq, month, prev_hash, last_hash, file_sha256)
           VALUES ($1, $2, $3, to_date($4, 'YYYY-MM'), $5, $6, $7)`,
          [id, String(first.seq), String(last.seq), month, first.prevHash, last.hash, sha256(text)],
        );
        // The trigger writes under the tenant that is set now.
        await client.query('SET CONSTRAINTS ALL IMMEDIATE');
        count += rows.length;
      }
      await client.query(`ALTER TABLE audit_log DETACH PARTITION ${table}`);
      await client.query(`DROP TABLE ${table}`);
      reports.push({ place: where, chains: tenants.length, rows: count });
    });
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
    const where = nameOf(place);
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
        await client.query("SELECT set_config('app.tenant', $1, true)", [id]);
        const stretch = (await readArchives(client, id)).find((one) => one.month === month);
        const text = (await unpack(await readFile(fileOf(dir, where, id, month)))).toString('utf8');
        if (!stretch || sha256(text) !== stretch.fileSha256) {
          throw new Error(`The archive of ${id} for ${month} is not the file that was written.`);
        }
        count += await insertRows(client, text);
        await client.query(`DELETE FROM audit_archives WHERE tenant_id = $1 AND month = to_date($2, 'YYYY-MM')`, [
          id,
          month,
        ]);
        await client.query('SET CONSTRAINTS ALL IMMEDIATE');
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
export async function readArchive(dir: string, place: Placement, month: string): Promise<string | undefined> {
  const file = fileOf(dir, nameOf(place.kind === 'shared' ? undefined : place), place.tenantId, month);
  const packed = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return packed && (await unpack(packed)).toString('utf8');
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

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

async function inTransaction(client: pg.Client, work: () => Promise<void>): Promise<void> {
  await client.query('BEGIN');
  try {
    await work();
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function isThere(client: pg.ClientBase, table: string): Promise<boolean> {
  const { rows } = await client.query(
    `SELECT FROM pg_inherits WHERE inhparent = 'audit_log'::regclass AND inhrelid = to_regclass($1)`,
    [table],
  );
  return rows.length > 0;
}

/** On the disk before anything leaves the database. */
async function writeDurably(file: string, data: Buffer): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, 'w', 0o600);
  try {
    await handle.writeFile(data);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function checkMonth(month: string): void {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) throw new Error(`A month is written like 2026-01; got ${month}.`);
}

const printRows = (rows: readonly ChainRow[]): string =>
  rows.map((row) => `${JSON.stringify({ ...row, seq: String(row.seq) })}\n`).join('');
const tableOf = (month: string): string => `audit_log_${month.replace('-', '_')}`;
const nameOf = (place: Placement | undefined): string => (place && place.kind !== 'shared' ? place.kind : 'shared');
const fileOf = (dir: string, place: string, tenantId: string, month: string): string =>
  join(dir, place, tenantId, `${month}.jsonl.gz`);
const pack = promisify<string, Buffer>(gzip);
const unpack = promisify<Buffer, Buffer>(gunzip);
