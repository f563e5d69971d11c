import pg from 'pg';
import { applyMigrations, type Migration, MigrationError, type MigrationTarget, missingIn } from './migrations.ts';
import { type DatabasePlace, type OwnPlace, type SchemaPlace, schemaOf, urlIn } from './placement.ts';
import { POSTGRES_ROLES, passwordOfTenant, scramVerifier } from './roles.ts';

export interface PlaceMaker {
  /** Makes the tenant's place where it is missing and brings its tables up to date. @returns what was applied */
  make(place: OwnPlace, migrations: readonly Migration[]): Promise<string[]>;
  /** What `make` would apply; changes nothing. */
  missing(place: OwnPlace, migrations: readonly Migration[]): Promise<string[]>;
}

export interface PlaceMakerOptions {
  /** The migrator's connection to the shared database, which holds the migration lock. */
  admin: pg.Client;
  /** The migrator's. */
  url: string;
  secrets: readonly [string, ...string[]];
}

/**
 * Makes schemas, databases and roles for tenants that live apart. Every step can
 * be repeated, so whatever was killed half way is completed by the next call.
 */
export function createPlaceMaker({ admin, url, secrets }: PlaceMakerOptions): PlaceMaker {
  /** Runs `work` where the place's tables are. */
  const inPlace = async <T>(place: OwnPlace, work: (target: MigrationTarget) => Promise<T>): Promise<T> => {
    const target = { schema: schemaOf(place), requestRole: place.name };
    if (place.kind === 'schema') return work({ ...target, client: admin });
    return withClient(urlIn(url, place), (client) => work({ ...target, client }));
  };
  return {
    async make(place, migrations) {
      await (place.kind === 'schema' ? makeSchema(admin, place) : makeDatabase(admin, place, secrets));
      const applied = await inPlace(place, async (target) => {
        const missing = await missingIn(target, migrations);
        if (missing.length > 0) await applyMigrations(target, missing);
        return missing.map(({ name }) => name);
      });
      await close(admin, place);
      return applied;
    },
    async missing(place, migrations) {
      const there =
        place.kind === 'schema' || (await exists(admin, 'SELECT FROM pg_database WHERE datname = $1', place.name));
      if (!there) return migrations.map(({ name }) => name);
      return (await inPlace(place, (target) => missingIn(target, migrations))).map(({ name }) => name);
    },
  };
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'polygraph migrate',
    connectionTimeoutMillis: 10_000,
  });
  // A connection that is lost fails its statement; without a listener it would end the process, too.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function makeSchema(admin: pg.Client, { name }: SchemaPlace): Promise<void> {
  const { rows } = await admin.query<{ v: number }>(`SELECT current_setting('server_version_num')::int AS v`);
  await makeRole(admin, name);
  await admin.query(`CREATE SCHEMA IF NOT EXISTS ${name}`);
  await admin.query(`GRANT USAGE ON SCHEMA ${name} TO ${name}, ${SYSTEM_ROLES}`);
  // The application has the rights of this role in no transaction but those that take it on.
  const options = (rows[0]?.v ?? 0) >= 160_000 ? 'WITH INHERIT FALSE, SET TRUE' : '';
  await admin.query(`GRANT ${name} TO ${POSTGRES_ROLES.app} ${options}`);
}

async function makeDatabase(
  admin: pg.Client,
  place: DatabasePlace,
  secrets: readonly [string, ...string[]],
): Promise<void> {
  const { name } = place;
  await makeRole(admin, name);
  const verifier = scramVerifier(passwordOfTenant(place, secrets));
  await admin.query(`ALTER ROLE ${name} LOGIN PASSWORD ${admin.escapeLiteral(verifier)}`);
  if (await exists(admin, 'SELECT FROM pg_database WHERE datname = $1', name)) return;
  await admin.query(`CREATE DATABASE ${name} ${await alike(admin)}`);
}

/**
 * As the shared database sorts and compares, so does this one; nobody can be connected to template0. A migrator
 * that is no superuser may not create the extension `vector`: it takes template1, where a superuser can have.
 */
async function alike(admin: pg.Client): Promise<string> {
  const { rows } = await admin.query<
    Record<'encoding' | 'provider' | 'collate' | 'ctype', string> & { super: boolean }
  >(
    `SELECT pg_encoding_to_char(encoding) AS encoding, datlocprovider AS provider, datcollate AS collate,
       datctype AS ctype, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS super
     FROM pg_database WHERE datname = current_database()`,
  );
  const [shared] = rows;
  if (!shared?.super) return 'TEMPLATE template1';
  const [encoding, collate, ctype] = [shared.encoding, shared.collate, shared.ctype].map((text) =>
    admin.escapeLiteral(text),
  );
  const locale = shared.provider === 'c' ? `LOCALE_PROVIDER libc LC_COLLATE ${collate} LC_CTYPE ${ctype}` : '';
  return `TEMPLATE template0 ENCODING ${encoding} ${locale}`;
}

async function makeRole(admin: pg.Client, name: string): Promise<void> {
  if (await exists(admin, 'SELECT FROM pg_roles WHERE rolname = $1', name)) return;
  await admin.query(`CREATE ROLE ${name} NOINHERIT`);
}

/** Takes back what the scripts grant for the sake of the shared tables, and what no role of a tenant may have. */
async function close(admin: pg.Client, place: OwnPlace): Promise<void> {
  const { name } = place;
  if (place.kind === 'database') {
    await admin.query(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC, ${POSTGRES_ROLES.identity}`);
  } else {
    const { rows } = await admin.query<{ database: string }>('SELECT current_database() AS database');
    const database = admin.escapeIdentifier(rows[0]?.database ?? '');
    await admin.query(`REVOKE ALL ON DATABASE ${database} FROM ${name}`);
  }
  const mighty =
    'SELECT FROM pg_roles WHERE rolname = $1 AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)';
  if (await exists(admin, mighty, name)) {
    throw new MigrationError(`The role ${name} may not be a superuser, bypass row security or create anything.`);
  }
}

async function exists(admin: pg.Client, query: string, name: string): Promise<boolean> {
  return (await admin.query(query, [name])).rows.length > 0;
}

/** They work in every place. */
const SYSTEM_ROLES = [POSTGRES_ROLES.relay, POSTGRES_ROLES.provision].join(', ');
