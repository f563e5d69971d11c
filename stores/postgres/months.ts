import { createHash } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type pg from 'pg';
import type { Placement } from './placement.ts';

/** What is kept in partitions by month, and leaves the database for files by month. */

/** `2026-01` of `audit_log` is `audit_log_2026_01`. */
export const partitionOf = (parent: string, month: string): string => `${parent}_${month.replace('-', '_')}`;

/** @throws Error for what is no month, and for one that is not over */
export function checkPastMonth(month: string): void {
  checkMonth(month);
  if (month >= new Date().toISOString().slice(0, 7)) throw new Error(`The month ${month} is not over.`);
}

/** @throws Error for what is no month */
export function checkMonth(month: string): void {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) throw new Error(`A month is written like 2026-01; got ${month}.`);
}

/** In the first schema of the connection's path. */
export async function isPartitionThere(client: pg.ClientBase, parent: string, month: string): Promise<boolean> {
  const text = 'SELECT FROM pg_inherits WHERE inhparent = $1::regclass AND inhrelid = to_regclass($2)';
  return (await client.query(text, [parent, partitionOf(parent, month)])).rows.length > 0;
}

/** Rolled back where `work` throws. */
export async function inTransaction(client: pg.ClientBase, work: () => Promise<void>): Promise<void> {
  await client.query('BEGIN');
  try {
    await work();
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/**
 * Takes a month out of the database once `work` has kept it elsewhere, in the transaction of the caller. No row may be
 * late: adding to this month ends here. The owner is held by the policy, too; within `work` it is not.
 */
export async function takeOutMonth(
  client: pg.ClientBase,
  parent: string,
  month: string,
  work: (partition: string) => Promise<void>,
): Promise<void> {
  const partition = partitionOf(parent, month);
  await client.query(`LOCK TABLE ${parent}, ${partition} IN ACCESS EXCLUSIVE MODE`);
  await client.query(`ALTER TABLE ${partition} NO FORCE ROW LEVEL SECURITY`);
  await work(partition);
  await client.query(`ALTER TABLE ${parent} DETACH PARTITION ${partition}`);
  await client.query(`DROP TABLE ${partition}`);
}

/** Until the end of the transaction, or the next tenant. */
export const actForTenant = (client: pg.ClientBase, tenantId: string) =>
  client.query("SELECT set_config('app.tenant', $1, true)", [tenantId]);

/** What was changed is told to the audit under the tenant that is set now. */
export const tellAudit = (client: pg.ClientBase) => client.query('SET CONSTRAINTS ALL IMMEDIATE');

/** Of a kind of place, for the path of a file. */
export const nameOfPlace = (place: Placement | undefined): string =>
  place && place.kind !== 'shared' ? place.kind : 'shared';

/** One file for each tenant, place and month, readable by its owner only. */
export const fileOf = (dir: string, place: string, tenantId: string, month: string): string =>
  join(dir, place, tenantId, `${month}.jsonl.gz`);

/** On the disk before anything leaves the database. */
export async function writePacked(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, 'w', 0o600);
  try {
    await handle.writeFile(await pack(text));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** @throws Error of Node where the file is not there */
export async function readPacked(file: string): Promise<string> {
  return (await unpack(await readFile(file))).toString('utf8');
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const pack = promisify<string, Buffer>(gzip);
const unpack = promisify<Buffer, Buffer>(gunzip);
