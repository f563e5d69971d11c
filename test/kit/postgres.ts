import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { createLogger, type Logger } from '#platform/log';
import { createDirectory } from '#stores/postgres/directory';
import { openPostgres, type Postgres, type TenantPostgres } from '#stores/postgres/index';
import { migratePostgres } from '#stores/postgres/migrate';
import { openPostgresProvision, type Provision } from '#stores/postgres/provision';
import { dangerouslyMintTenantContext, type TenantContext } from '#tenancy/context';
import type { Directory } from '#tenancy/directory';
import { type Role, scopesOf } from '#tenancy/roles';
import type { Tier } from '#tenancy/tiers';
import { TEST_SECRETS } from './secrets.ts';

/** A migrated database of its own, with the tenants A and B, one owner each. */
export interface PostgresWorld {
  readonly url: string;
  readonly postgres: Postgres;
  readonly directory: Directory;
  readonly system: Provision;
  readonly log: Logger;
  readonly a: PostgresTenant;
  readonly b: PostgresTenant;
  /** Makes one more tenant, with its place where the tier has one. */
  tenant(slug: string, tier?: Tier): Promise<PostgresTenant>;
  /** Runs as a superuser, whom no policy holds. */
  superuser<Row>(text: string, values?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

export interface PostgresTenant {
  readonly id: string;
  readonly slug: string;
  readonly userId: string;
  readonly context: TenantContext;
  readonly handle: TenantPostgres;
  /** Writes a published document past the product, as a superuser, into the shared tables. */
  document(facts?: Partial<DocumentFacts>): Promise<string>;
}

interface DocumentFacts {
  title: string;
  slug: string;
  body: string;
  tags: string[];
  publishedAt: Date | null;
}

export async function openPostgresWorld({
  timeoutMs = 2_000,
  movePatienceMs = 5_000,
  poolSize = 4,
} = {}): Promise<PostgresWorld> {
  const { url, drop } = await createTestDatabase('world');
  const log = createLogger({ level: 'silent' });
  const options = { url, secrets: TEST_SECRETS, log, timeoutMs };
  const postgres = openPostgres({ ...options, poolSize, movePatienceMs });
  const directory = createDirectory(options);
  const provision = openPostgresProvision(options);
  const system = provision.dangerouslyAsSystem('setting up a test');
  const admin = new pg.Pool({ connectionString: url, max: 2 });
  admin.on('error', () => undefined);
  const superuser = async <Row>(text: string, values: unknown[] = []) =>
    (await admin.query(text, values)).rows as Row[];
  const tenant = async (slug: string, tier: Tier = 'STANDARD'): Promise<PostgresTenant> => {
    const [id, userId] = [randomUUID(), randomUUID()];
    await system.upsertTenant({ id, slug, name: `Tenant ${slug}`, tier });
    await system.upsertUser({ id: userId, email: `owner@${slug}.example`, name: `Owner ${slug}` });
    await system.upsertMembership({ tenantId: id, userId, role: 'OWNER' });
    const context = contextOf(id, userId, 'OWNER', tier);
    const document = (facts?: Partial<DocumentFacts>) => insertDocument(superuser, id, userId, facts);
    return { id, slug, userId, context, handle: postgres.forTenant(context), document };
  };
  return {
    ...{ url, postgres, directory, system, log, superuser, tenant },
    a: await tenant('a'),
    b: await tenant('b'),
    async close() {
      await Promise.all([postgres.close(), directory.close(), provision.close(), admin.end()]);
      await drop();
    },
  };
}

export function contextOf(
  tenantId: string,
  userId: string,
  role: Role = 'OWNER',
  tier: Tier = 'STANDARD',
): TenantContext {
  const principal = { kind: 'user' as const, id: userId };
  return dangerouslyMintTenantContext({ tenantId, tier, principal, roles: [role], scopes: scopesOf([role]) });
}

/** Connects as one of the product's roles, as if its password had leaked. */
export async function asRole<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export async function createTestDatabase(prefix: string): Promise<{ url: string; drop(): Promise<void> }> {
  const admin = process.env.DATABASE_URL;
  if (!admin) throw new Error('DATABASE_URL is missing: run this through vitest, which starts the stores.');
  const name = `${prefix}_${randomUUID().replaceAll('-', '')}`;
  const url = Object.assign(new URL(admin), { pathname: `/${name}` }).href;
  await asRole(admin, async (client) => {
    // Roles belong to the server, so only one database of it is migrated at a time.
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await client.query(`CREATE DATABASE ${name}`);
    await migratePostgres({ url, secrets: TEST_SECRETS, log: createLogger({ level: 'silent' }) });
  });
  return {
    url,
    async drop() {
      const places = await asRole(url, async (client) => (await client.query<OwnPlaceRow>(OWN_PLACES)).rows);
      await asRole(admin, async (client) => {
        await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
        for (const { place } of places) {
          await client.query(`DROP DATABASE IF EXISTS ${place} WITH (FORCE)`);
          await client.query(`DROP ROLE IF EXISTS ${place}`);
        }
      });
    },
  };
}

interface OwnPlaceRow {
  /** Name of the role, and of the schema or the database. */
  readonly place: string;
}

const OWN_PLACES = `SELECT 't_' || replace(id::text, '-', '') AS place FROM tenants
  WHERE tier IN ('PREMIUM', 'ENTERPRISE')`;

async function insertDocument(
  superuser: PostgresWorld['superuser'],
  tenantId: string,
  authorId: string,
  { title = 'A title', slug, body = '', tags = [], publishedAt = new Date('2026-01-01') }: Partial<DocumentFacts> = {},
): Promise<string> {
  const id = randomUUID();
  await superuser(
    `INSERT INTO contents (tenant_id, id, slug, title, status, tags, author_id, published_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [tenantId, id, slug ?? id, title, publishedAt ? 'PUBLISHED' : 'DRAFT', tags, authorId, publishedAt],
  );
  await superuser(
    `INSERT INTO content_search (tenant_id, content_id, revision, title, body) VALUES ($1, $2, 1, $3, $4)`,
    [tenantId, id, title, body],
  );
  return id;
}

/** That of `migratePostgres`. */
const MIGRATION_LOCK = 72_707_369;
