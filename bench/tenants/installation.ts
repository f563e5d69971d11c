import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Logger } from '#platform/log';
import { openPostgres } from '#stores/postgres/index';
import { migratePostgres } from '#stores/postgres/migrate';
import { placementOf, SHARED_SCHEMA, schemaOf } from '#stores/postgres/placement';
import { openPostgresProvision } from '#stores/postgres/provision';
import type { TenantStores } from '#stores/stores';
import { createRelationalSubgraph } from '#subgraphs/relational/index';
import { createAssertionKeys } from '#tenancy/assertion/keys';
import { createAssertionSigner } from '#tenancy/assertion/sign';
import { createAssertionVerifier } from '#tenancy/assertion/verify';
import { dangerouslyMintTenantContext, type TenantContext } from '#tenancy/context';
import { scopesOf } from '#tenancy/roles';
import type { Tier } from '#tenancy/tiers';

/** A database of its own with so many tenants, behind the relational subgraph. */
export interface Installation {
  tenants(): number;
  grow(tenants: number): Promise<void>;
  /** Asks for the newest documents of a tenant, as the gateway does. @throws Error where it does not get them */
  ask(tenant: number): Promise<void>;
  /** Of all statements since the last time. */
  serverCost(): Promise<ServerCost>;
  bytes(): Promise<number>;
  close(): Promise<void>;
}

export interface ServerCost {
  /** Pages of 8 KiB that were looked at. */
  readonly pages: number;
  readonly milliseconds: number;
}

export interface InstallationOptions {
  /** Of a superuser, to any database of the server. */
  readonly url: string;
  readonly name: string;
  readonly tier: Extract<Tier, 'STANDARD' | 'PREMIUM'>;
  readonly secrets: [string, ...string[]];
  readonly log: Logger;
}

/** Documents of each tenant, however many tenants there are. */
export const DOCUMENTS = 100;

export async function makeInstallation(options: InstallationOptions): Promise<Installation> {
  const { name, tier, secrets, log } = options;
  const server = new pg.Client({ connectionString: options.url });
  await server.connect();
  await server.query(`CREATE DATABASE ${name}`);
  await server.end();
  const url = Object.assign(new URL(options.url), { pathname: `/${name}` }).href;
  await migratePostgres({ url, secrets, log });
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
  const postgres = openPostgres({ url, secrets, timeoutMs: 30_000, log });
  const provision = openPostgresProvision({ url, secrets, log });
  const keys = createAssertionKeys(secrets);
  const sign = createAssertionSigner(keys);
  const host = createRelationalSubgraph({
    verify: createAssertionVerifier(keys, 'relational'),
    openStores: (tenant) => ({ postgres: postgres.forTenant(tenant) }) as TenantStores,
    log,
  });
  const contexts: TenantContext[] = [];

  const add = async (): Promise<TenantContext> => {
    const [tenantId, userId] = [randomUUID(), randomUUID()];
    const system = provision.dangerouslyAsSystem('filling a bench');
    await system.upsertTenant({ id: tenantId, slug: tenantId, name: tenantId, tier });
    await system.upsertUser({ id: userId, email: `${userId}@bench.example`, name: 'Ada' });
    await system.upsertMembership({ tenantId, userId, role: 'OWNER' });
    const principal = { kind: 'user' as const, id: userId };
    const context = dangerouslyMintTenantContext({
      ...{ tenantId, tier, principal, roles: ['OWNER'], scopes: scopesOf(['OWNER']) },
    });
    const schema = schemaOf(placementOf(context));
    // Without triggers: what is measured is reading, and each row would be told to the audit.
    await admin.query(`SET session_replication_role = replica; SET search_path = ${schema}, ${SHARED_SCHEMA}`);
    await admin.query(FILL, [tenantId, userId, DOCUMENTS]);
    await admin.query('RESET session_replication_role; RESET search_path');
    return context;
  };

  return {
    tenants: () => contexts.length,
    async grow(tenants) {
      while (contexts.length < tenants) contexts.push(await add());
      await admin.query('VACUUM ANALYZE');
    },
    async ask(tenant) {
      const context = contexts[tenant % contexts.length];
      if (!context) throw new Error('There is no tenant yet.');
      const result = await host.execute(BODY, sign(context, 'relational', BODY), 'bench');
      const { contents } = Object(result.data) as { contents?: { totalCount: number; nodes: unknown[] } };
      if (contents?.totalCount !== DOCUMENTS || contents.nodes.length !== 10) {
        throw new Error(`A tenant was not answered: ${JSON.stringify(result.errors)}`);
      }
    },
    async serverCost() {
      const { rows } = await admin.query<ServerCost>(COST);
      await admin.query(`SELECT pg_stat_statements_reset(0, (SELECT oid FROM pg_database WHERE datname = $1), 0)`, [
        name,
      ]);
      return rows[0] ?? { pages: 0, milliseconds: 0 };
    },
    async bytes() {
      const { rows } = await admin.query<{ n: number }>('SELECT pg_database_size(current_database())::float8 AS n');
      return rows[0]?.n ?? 0;
    },
    async close() {
      await Promise.all([postgres.close(), provision.close()]);
      await admin.end();
    },
  };
}

const BODY = JSON.stringify({
  query: '{ contents(first: 10) { totalCount nodes { id title tags author { name } } } }',
  variables: {},
});
const FILL = `INSERT INTO contents (tenant_id, id, slug, title, status, tags, author_id, published_at)
  SELECT $1::uuid, gen_random_uuid(), 'document-' || n, 'Document ' || n, 'PUBLISHED', ARRAY['tag-' || n % 7], $2::uuid,
    timestamptz '2026-01-01' + make_interval(hours => n) FROM generate_series(1, $3::int) AS n`;
/** Of those who serve requests: the bench itself is a superuser. */
const COST = `SELECT coalesce(sum(shared_blks_hit + shared_blks_read), 0)::float8 AS pages,
    coalesce(sum(total_exec_time), 0)::float8 AS milliseconds
  FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid
  WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND NOT r.rolsuper`;
