import type pg from 'pg';
import type { Logger } from '#platform/log';
import { TIERS, type Tier } from '#tenancy/tiers';
import { copyRegistry } from './copies.ts';
import { applyMigrations, MigrationError, messageOf, missingIn, readMigrations } from './migrations.ts';
import { type OwnPlace, ownPlaceOf, SHARED_SCHEMA } from './placement.ts';
import { createPlaceMaker, withClient } from './places.ts';
import { POSTGRES_ROLES, type PostgresRole, passwordOfRole, SHARING_ROLE, scramVerifier, urlOfRole } from './roles.ts';

export { MigrationError } from './migrations.ts';

export interface MigrateOptions {
  /** A role that may create roles, databases and tables; it need not be a superuser. */
  url: string;
  secrets: readonly [string, ...string[]];
  log: Logger;
  /** Holds one folder a migration, applied in order of name. */
  folder?: URL;
}

/** One place and what `migrateAll` did there, or `planMigrations` would do. */
export interface PlaceReport {
  /** Undefined for the shared tables. */
  readonly tenant: { readonly id: string; readonly slug: string } | undefined;
  readonly kind: 'shared' | OwnPlace['kind'];
  readonly migrations: readonly string[];
  /** Why it is not up to date. The other places are. */
  readonly error?: MigrationError;
}

/**
 * Brings every place up to date: shared tables, then the schema or database of
 * each tenant that lives apart, and (re)sets the passwords. It may run in many
 * processes at once and any number of times.
 *
 * @returns the names of the migrations it applied, wherever
 * @throws MigrationError that says which migration failed where, when all else is done
 */
export async function migratePostgres(options: MigrateOptions): Promise<string[]> {
  const reports = await migrateAll(options);
  const failed = reports.flatMap(({ error }) => error ?? []);
  if (failed.length > 0) throw failed.length === 1 ? failed[0] : new MigrationError(failed.map(messageOf).join('\n'));
  return reports.flatMap(({ migrations }) => migrations);
}

/**
 * As `migratePostgres`, but reports instead of throwing where a tenant's own place fails.
 * @throws MigrationError where the shared tables do: nothing else is tried then
 */
export function migrateAll(
  { url, secrets, log, folder = MIGRATIONS }: MigrateOptions,
  onPlace: (report: PlaceReport) => void = () => undefined,
): Promise<PlaceReport[]> {
  const migrations = readMigrations(folder);
  return asMigrator(url, async (admin) => {
    await admin.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const shared = { client: admin, schema: SHARED_SCHEMA, requestRole: POSTGRES_ROLES.app };
    const missing = await missingIn(shared, migrations);
    if (missing.length > 0) {
      log.info({ migrations: missing.map(({ name }) => name) }, 'applying migrations to PostgreSQL');
      await applyMigrations(shared, missing);
    }
    await setPasswords(admin, secrets);
    const reports: PlaceReport[] = [];
    const note = (report: PlaceReport): void => {
      reports.push(report);
      onPlace(report);
    };
    note({ tenant: undefined, kind: 'shared', migrations: missing.map(({ name }) => name) });
    const maker = createPlaceMaker({ admin, url, secrets });
    for (const tenant of await listOwnPlaces(url, secrets)) {
      const make = async (): Promise<string[]> => {
        const applied = await maker.make(tenant.place, migrations);
        await copyRegistry({ url, secrets, place: tenant.place });
        const left = applied.length === migrations.length ? await countShared(admin, tenant.id) : 0;
        if (left > 0)
          log.warn({ tenant: tenant.id, left }, 'documents in the shared tables are not moved to the new place');
        return applied;
      };
      note(await reportOn(tenant, make));
    }
    return reports;
  });
}

/** What `migrateAll` would apply where. Changes nothing. */
export function planMigrations({ url, secrets, folder = MIGRATIONS }: MigrateOptions): Promise<PlaceReport[]> {
  const migrations = readMigrations(folder);
  return asMigrator(url, async (admin) => {
    const shared = { client: admin, schema: SHARED_SCHEMA, requestRole: POSTGRES_ROLES.app };
    const missing = (await missingIn(shared, migrations)).map(({ name }) => name);
    const reports: PlaceReport[] = [{ tenant: undefined, kind: 'shared', migrations: missing }];
    // Before the first migration there is neither a tenant nor the role that could list them.
    if (missing.length === migrations.length) return reports;
    const maker = createPlaceMaker({ admin, url, secrets });
    for (const tenant of await listOwnPlaces(url, secrets)) {
      reports.push(await reportOn(tenant, () => maker.missing(tenant.place, migrations)));
    }
    return reports;
  });
}

/** Makes one tenant's place, or brings it up to date, while no other process migrates. */
export function makePlace(options: Omit<MigrateOptions, 'log'> & { place: OwnPlace }): Promise<string[]> {
  const { url, secrets, place, folder = MIGRATIONS } = options;
  return asMigrator(url, async (admin) => {
    await admin.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    return createPlaceMaker({ admin, url, secrets }).make(place, readMigrations(folder));
  });
}

/** The end of the session also ends its lock. */
async function asMigrator<T>(url: string, work: (admin: pg.Client) => Promise<T>): Promise<T> {
  let connected = false;
  try {
    return await withClient(url, (admin) => {
      connected = true;
      return work(admin);
    });
  } catch (error) {
    if (connected) throw error;
    throw new MigrationError(`PostgreSQL cannot be reached with DATABASE_URL: ${messageOf(error)}`, { cause: error });
  }
}

interface OwnTenant {
  readonly id: string;
  readonly slug: string;
  readonly place: OwnPlace;
}

/** By the role that may see all tenants: the migrator is held by their policies where it is no superuser. */
function listOwnPlaces(url: string, secrets: readonly [string, ...string[]]): Promise<OwnTenant[]> {
  return withClient(urlOfRole(url, 'provision', secrets), async (client) => {
    const { rows } = await client.query<{ id: string; slug: string; tier: Tier }>(
      'SELECT id, slug, tier FROM tenants WHERE tier::text = ANY ($1) ORDER BY slug',
      [TIERS.filter((tier) => ownPlaceOf({ tenantId: NOBODY, tier }))],
    );
    return rows.flatMap(({ id, slug, tier }) => {
      const place = ownPlaceOf({ tenantId: id, tier });
      return place ? [{ id, slug, place }] : [];
    });
  });
}

/** Documents of a tenant that lived in the shared tables before it had a place; policies hold the migrator, too. */
async function countShared(admin: pg.Client, tenantId: string): Promise<number> {
  await admin.query("SELECT set_config('app.tenant', $1, false)", [tenantId]);
  const { rows } = await admin.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM ${SHARED_SCHEMA}.contents WHERE tenant_id = $1`,
    [tenantId],
  );
  await admin.query('RESET app.tenant');
  return rows[0]?.n ?? 0;
}

async function reportOn({ id, slug, place }: OwnTenant, work: () => Promise<string[]>): Promise<PlaceReport> {
  const facts = { tenant: { id, slug }, kind: place.kind };
  try {
    return { ...facts, migrations: await work() };
  } catch (cause) {
    const error = new MigrationError(`The ${place.kind} of the tenant ${slug}: ${messageOf(cause)}`, { cause });
    return { ...facts, migrations: [], error };
  }
}

async function setPasswords(client: pg.Client, secrets: readonly [string, ...string[]]): Promise<void> {
  for (const [role, name] of Object.entries(POSTGRES_ROLES)) {
    const verifier = scramVerifier(passwordOfRole(role as PostgresRole, secrets));
    await client.query(`ALTER ROLE ${client.escapeIdentifier(name)} LOGIN PASSWORD ${client.escapeLiteral(verifier)}`);
  }
  const { rows } = await client.query<{ rolname: string }>(
    'SELECT rolname FROM pg_roles WHERE rolname = ANY ($1) AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)',
    [[...Object.values(POSTGRES_ROLES), SHARING_ROLE]],
  );
  if (rows.length > 0) {
    throw new MigrationError(
      `These roles may not be superusers, bypass row security or create anything: ${rows.map((row) => row.rolname).join(', ')}.`,
    );
  }
}

const NOBODY = '00000000-0000-0000-0000-000000000000';
const MIGRATIONS = new URL('../../prisma/migrations/', import.meta.url);
/** The number under which Prisma's own `migrate deploy` takes its lock. */
export const MIGRATION_LOCK = 72_707_369;
