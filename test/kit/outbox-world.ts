import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Projection } from '#operations/projections/projection';
import { createRelay, type Relay, type RelayOptions } from '#operations/relay/index';
import { createLogger } from '#platform/log';
import { createDirectory } from '#stores/postgres/directory';
import { openPostgres, type TenantPostgres } from '#stores/postgres/index';
import { migratePostgres } from '#stores/postgres/migrate';
import { appendOutbox, type OutboxEvent, type OutboxReceipt, type ProjectionTarget } from '#stores/postgres/outbox';
import { openRelayStore, type RelayStore } from '#stores/postgres/outbox/relay-store';
import { openPostgresProvision } from '#stores/postgres/provision';
import type { TenantStores } from '#stores/stores';
import { dangerouslyMintTenantContext, type TenantContext } from '#tenancy/context';
import { scopesOf } from '#tenancy/roles';
import { TEST_SECRETS } from './secrets.ts';

/** A database of its own with two tenants, so that no other test's relay delivers what is appended here. */
export interface OutboxWorld {
  readonly url: string;
  readonly a: OutboxTenant;
  readonly b: OutboxTenant;
  readonly store: RelayStore;
  /** Runs as a superuser, whom no policy holds. */
  superuser<Row>(text: string, values?: unknown[]): Promise<Row[]>;
  /** Stopped at the end of the world. Retries are quick unless told otherwise. */
  relay(projections: readonly Projection[], options?: Partial<RelayOptions>): Relay;
  close(): Promise<void>;
}

export interface OutboxTenant {
  readonly context: TenantContext;
  readonly postgres: TenantPostgres;
  /** Saves a document in `contents` and leaves its event, in one transaction. */
  save(contentId: string, revision: number, change?: { title?: string; body?: string }): Promise<OutboxReceipt>;
}

export async function openOutboxWorld(): Promise<OutboxWorld> {
  const admin = process.env.DATABASE_URL;
  if (!admin) throw new Error('DATABASE_URL is missing: run this through vitest, which starts the stores.');
  const name = `outbox_${randomUUID().replaceAll('-', '')}`;
  const url = Object.assign(new URL(admin), { pathname: `/${name}` }).href;
  const log = createLogger({ level: 'silent' });
  const options = { url, secrets: TEST_SECRETS, log };
  await alone(admin, async (client) => {
    await client.query(`create database ${name}`);
    await migratePostgres(options);
  });

  const postgres = openPostgres(options);
  const directory = createDirectory(options);
  const store = openRelayStore(options);
  const provision = openPostgresProvision(options);
  const superuser = new pg.Pool({ connectionString: url, max: 2 });
  // Whom the end of the world cuts off is no news.
  superuser.on('error', () => undefined);
  const relays: Relay[] = [];

  const tenant = async (slug: string): Promise<OutboxTenant> => {
    const id = randomUUID();
    await provision.dangerouslyAsSystem('test').upsertTenant({ id, slug, name: slug, tier: 'STANDARD' });
    const context = dangerouslyMintTenantContext({
      tenantId: id,
      tier: 'STANDARD',
      principal: { kind: 'user', id: randomUUID() },
      roles: ['OWNER'],
      scopes: scopesOf(['OWNER']),
    });
    const handle = postgres.forTenant(context);
    return {
      context,
      postgres: handle,
      save: (contentId, revision, change = {}) =>
        handle.transaction(async (tx) => {
          const title = change.title ?? `Title ${revision}`;
          await tx.$queryRaw`
            insert into contents (tenant_id, id, slug, title) values (${id}::uuid, ${contentId}::uuid, ${contentId}, ${title})
            on conflict (tenant_id, id) do update set revision = ${revision}::int, title = excluded.title`;
          return await appendOutbox(tx, saved(contentId, revision, { title, ...change }));
        }),
    };
  };

  return {
    url,
    a: await tenant('a'),
    b: await tenant('b'),
    store,
    superuser: async <Row>(text: string, values: unknown[] = []) => (await superuser.query(text, values)).rows as Row[],
    relay(projections, overrides = {}) {
      // The projections of these tests reach no other store.
      const openStores = () => ({}) as TenantStores;
      const defaults = { queue: store.queue, directory, openStores, projections, log, pollMs: 50, retryMs: 10 };
      const relay = createRelay({ ...defaults, ...overrides });
      relays.push(relay);
      return relay;
    },
    async close() {
      await Promise.all(relays.map((relay) => relay.stop()));
      await Promise.all([postgres.close(), directory.close(), store.close(), provision.close(), superuser.end()]);
      await alone(admin, (client) => client.query(`drop database ${name} with (force)`));
    },
  };
}

export function saved(
  contentId: string,
  revision: number,
  change: { title?: string; body?: string } = {},
): OutboxEvent {
  const facts = { slug: contentId, summary: null, status: 'DRAFT' as const, authorId: null, tags: [] };
  const rest = { licence: null, source: null, publishedAt: null };
  const payload = { contentId, revision, title: `Title ${revision}`, ...facts, ...rest, ...change };
  return { kind: 'content.saved', entity: 'Content', entityId: contentId, payload };
}

/** Remembers, in order, what it was given as `contentId revision`. */
export interface RecordingProjection extends Projection {
  readonly applied: string[];
}

/** @param before runs for each event and may throw to refuse it, or wait */
export function recordingProjection(
  target: ProjectionTarget,
  before: (event: OutboxEvent) => void | Promise<void> = () => undefined,
): RecordingProjection {
  const applied: string[] = [];
  return {
    target,
    applied,
    batchSize: 10,
    async project(_tenant, events) {
      for (const event of events) await before(event);
      applied.push(...events.map(({ payload }) => `${payload.contentId} ${payload.revision}`));
    },
  };
}

/** Migrations set passwords of roles, which the databases of a server share; two at once would fail. */
async function alone(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await work(client);
  } finally {
    await client.end();
  }
}

/** That of `migratePostgres`, so that it also waits for the migration of the database everyone shares. */
const MIGRATION_LOCK = 72_707_369;
