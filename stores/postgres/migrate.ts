import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';
import type { Logger } from '#platform/log';
import { POSTGRES_ROLES, type PostgresRole, passwordOfRole, scramVerifier } from './roles.ts';

export interface MigrateOptions {
  /** A role that may create roles and tables; it need not be a superuser. */
  url: string;
  secrets: readonly [string, ...string[]];
  log: Logger;
  /** Holds one folder a migration, applied in order of name. */
  folder?: URL;
}

export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

/**
 * Applies what is missing from prisma/migrations and (re)sets the role
 * passwords. It may run in many processes at once and any number of times.
 *
 * Migrations hold functions and policies, which Prisma's own adapter cannot run
 * (it splits scripts at each semicolon), so this runs them, each in a
 * transaction, and keeps Prisma's table in Prisma's form: `prisma migrate
 * deploy` and this can be used in turn.
 *
 * @returns the names of the migrations it applied
 * @throws MigrationError that says which migration failed and why
 */
export async function migratePostgres({ url, secrets, log, folder = MIGRATIONS }: MigrateOptions): Promise<string[]> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'polygraph migrate',
    connectionTimeoutMillis: 10_000,
  });
  try {
    await client.connect();
  } catch (error) {
    throw new MigrationError(`PostgreSQL cannot be reached with DATABASE_URL: ${messageOf(error)}`, { cause: error });
  }
  try {
    await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
    await client.query(PRISMA_TABLE);
    const applied: string[] = [];
    const done = await readApplied(client);
    for (const migration of readMigrations(folder)) {
      if (isDone(migration, done)) continue;
      log.info({ migration: migration.name }, 'applying a migration to PostgreSQL');
      await apply(client, migration);
      applied.push(migration.name);
    }
    await setPasswords(client, secrets);
    return applied;
  } finally {
    // Ends the session, and with it the lock.
    await client.end();
  }
}

interface Migration {
  readonly name: string;
  readonly script: string;
  /** SHA-256 of the file in lower-case hex, as Prisma computes it. */
  readonly checksum: string;
}

function readMigrations(folder: URL): Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .map((name) => {
      const script = readFileSync(new URL(`${name}/migration.sql`, folder), 'utf8');
      return { name, script, checksum: createHash('sha256').update(script).digest('hex') };
    });
}

async function readApplied(client: pg.Client): Promise<Map<string, string>> {
  const { rows } = await client.query<{ migration_name: string; checksum: string; finished: boolean }>(
    `SELECT migration_name, checksum, finished_at IS NOT NULL AS finished
     FROM _prisma_migrations WHERE rolled_back_at IS NULL`,
  );
  const unfinished = rows.find(({ finished }) => !finished);
  if (unfinished) {
    throw new MigrationError(
      `Migration ${unfinished.migration_name} was begun by another tool and did not finish. ` +
        `Repair the database, then run \`npx prisma migrate resolve\`.`,
    );
  }
  return new Map(rows.map((row) => [row.migration_name, row.checksum]));
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

async function apply(client: pg.Client, { name, script, checksum }: Migration): Promise<void> {
  try {
    await client.query('BEGIN');
    await client.query(script);
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
      [randomUUID(), checksum, name],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw new MigrationError(`Migration ${name} failed and left nothing behind: ${messageOf(error)}`, { cause: error });
  }
}

async function setPasswords(client: pg.Client, secrets: readonly [string, ...string[]]): Promise<void> {
  for (const [role, name] of Object.entries(POSTGRES_ROLES)) {
    const verifier = scramVerifier(passwordOfRole(role as PostgresRole, secrets));
    await client.query(`ALTER ROLE ${client.escapeIdentifier(name)} LOGIN PASSWORD ${client.escapeLiteral(verifier)}`);
  }
  const { rows } = await client.query<{ rolname: string }>(
    'SELECT rolname FROM pg_roles WHERE rolname = ANY ($1) AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)',
    [Object.values(POSTGRES_ROLES)],
  );
  if (rows.length > 0) {
    throw new MigrationError(
      `These roles may not be superusers, bypass row security or create anything: ${rows.map((row) => row.rolname).join(', ')}.`,
    );
  }
}

/** With the server's own hint, such as that a superuser must create the extension `vector` first. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const hint = error instanceof pg.DatabaseError && error.hint ? ` (${error.hint})` : '';
  return `${error.message || error.name}${hint}`;
}

const MIGRATIONS = new URL('../../prisma/migrations/', import.meta.url);
/** The number under which Prisma's own `migrate deploy` takes its lock. */
const LOCK = 72_707_369;
const PRISMA_TABLE = `
  CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id varchar(36) PRIMARY KEY NOT NULL,
    checksum varchar(64) NOT NULL,
    finished_at timestamptz,
    migration_name varchar(255) NOT NULL,
    logs text,
    rolled_back_at timestamptz,
    started_at timestamptz NOT NULL DEFAULT now(),
    applied_steps_count integer NOT NULL DEFAULT 0
  )`;
