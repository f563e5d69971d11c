import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';
import { POSTGRES_ROLES } from './roles.ts';

export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

export interface Migration {
  readonly name: string;
  readonly script: string;
  /** SHA-256 of the file in lower-case hex, as Prisma computes it. */
  readonly checksum: string;
}

/** What one place is migrated through: a connection of the migrator's, and what differs between places. */
export interface MigrationTarget {
  readonly client: pg.ClientBase;
  /** Holds the tables and Prisma's own. */
  readonly schema: string;
  /** Serves the requests here: scripts say `polygraph_app` for it. */
  readonly requestRole: string;
}

/** @param folder holds one folder a migration, applied in order of name */
export function readMigrations(folder: URL): Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .map((name) => {
      const script = readFileSync(new URL(`${name}/migration.sql`, folder), 'utf8');
      return { name, script, checksum: createHash('sha256').update(script).digest('hex') };
    });
}

/**
 * Changes nothing.
 * @throws MigrationError where what was applied is not what is in the folder
 */
export async function missingIn({ client, schema }: MigrationTarget, migrations: readonly Migration[]) {
  const { rows: tables } = await client.query(
    `SELECT FROM pg_class WHERE relname = '_prisma_migrations' AND relnamespace = to_regnamespace($1)`,
    [schema],
  );
  if (tables.length === 0) return [...migrations];
  const { rows } = await client.query<{ migration_name: string; checksum: string; finished: boolean }>(
    `SELECT migration_name, checksum, finished_at IS NOT NULL AS finished
     FROM ${schema}._prisma_migrations WHERE rolled_back_at IS NULL`,
  );
  const unfinished = rows.find(({ finished }) => !finished);
  if (unfinished) {
    throw new MigrationError(
      `Migration ${unfinished.migration_name} was begun by another tool and did not finish. ` +
        'Repair the database, then run `npx prisma migrate resolve`.',
    );
  }
  const done = new Map(rows.map((row) => [row.migration_name, row.checksum]));
  return migrations.filter((migration) => !isDone(migration, done));
}

/**
 * Each in a transaction, so that a run that was killed is completed by the next.
 * Migrations hold functions and policies, which Prisma's own adapter cannot run
 * (it splits scripts at each semicolon); Prisma's table is kept in Prisma's
 * form, so `prisma migrate deploy` and this can be used in turn on shared tables.
 *
 * @throws MigrationError that says which migration failed and why
 */
export async function applyMigrations(
  { client, schema, requestRole }: MigrationTarget,
  migrations: readonly Migration[],
): Promise<void> {
  // Scripts name no schema for tables: they come to lie in the first one of the path.
  await client.query(`SET search_path = ${schema === 'public' ? 'public' : `${schema}, public`}`);
  try {
    await client.query(prismaTable(schema));
    for (const { name, script, checksum } of migrations) {
      try {
        await client.query('BEGIN');
        await client.query(script.replaceAll(REQUEST_ROLE, requestRole));
        await client.query(
          `INSERT INTO ${schema}._prisma_migrations
             (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
           VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
          [randomUUID(), checksum, name],
        );
        await client.query('COMMIT');
      } catch (error) {
        await client.query('ROLLBACK').catch(() => undefined);
        throw new MigrationError(`Migration ${name} failed and left nothing behind: ${messageOf(error)}`, {
          cause: error,
        });
      }
    }
  } finally {
    await client.query('RESET search_path').catch(() => undefined);
  }
}

/** With the server's own hint, such as that a superuser must create the extension `vector` first. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const hint = error instanceof pg.DatabaseError && error.hint ? ` (${error.hint})` : '';
  return `${error.message || error.name}${hint}`;
}

function isDone({ name, checksum }: Migration, done: ReadonlyMap<string, string>): boolean {
  const known = done.get(name);
  if (known !== undefined && known !== checksum) {
    throw new MigrationError(
      `Migration ${name} was changed after it had been applied to this database. ` +
        'Restore the file and put the change into a new migration.',
    );
  }
  return known !== undefined;
}

const REQUEST_ROLE = new RegExp(`\\b${POSTGRES_ROLES.app}\\b`, 'g');
const prismaTable = (schema: string): string => `
  CREATE TABLE IF NOT EXISTS ${schema}._prisma_migrations (
    id varchar(36) PRIMARY KEY NOT NULL,
    checksum varchar(64) NOT NULL,
    finished_at timestamptz,
    migration_name varchar(255) NOT NULL,
    logs text,
    rolled_back_at timestamptz,
    started_at timestamptz NOT NULL DEFAULT now(),
    applied_steps_count integer NOT NULL DEFAULT 0
  )`;
