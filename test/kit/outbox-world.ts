import type { Projection } from '#operations/projections/projection';
import { createRelay, type Relay, type RelayOptions } from '#operations/relay/index';
import type { TenantPostgres } from '#stores/postgres/index';
import {
  appendOutbox,
  type ContentSaved,
  type OutboxEvent,
  type OutboxReceipt,
  type ProjectionTarget,
} from '#stores/postgres/outbox';
import { openRelayStore, type RelayStore } from '#stores/postgres/outbox/relay-store';
import type { TenantStores } from '#stores/stores';
import type { TenantContext } from '#tenancy/context';
import type { Tier } from '#tenancy/tiers';
import { openPostgresWorld, type PostgresTenant } from './postgres.ts';
import { TEST_SECRETS } from './secrets.ts';

/** A database of its own with two tenants, so that no other test's relay delivers what is appended here. */
export interface OutboxWorld {
  readonly url: string;
  readonly a: OutboxTenant;
  readonly b: OutboxTenant;
  tenant(slug: string, tier: Tier): Promise<OutboxTenant>;
  readonly store: RelayStore;
  /** PostgreSQL as the requests of that tenant reach it. */
  open(context: TenantContext): TenantPostgres;
  /** Runs as a superuser, whom no policy holds. */
  superuser<Row>(text: string, values?: unknown[]): Promise<Row[]>;
  /** Stopped at the end of the world. Retries are quick unless told otherwise. */
  relay(projections: readonly Projection[], options?: Partial<RelayOptions>): Relay;
  close(): Promise<void>;
}

type Change = Partial<Pick<ContentSaved['payload'], 'title' | 'body' | 'topics' | 'keywords'>>;

export interface OutboxTenant {
  readonly context: TenantContext;
  readonly postgres: TenantPostgres;
  /** Saves a document in `contents` and leaves its event, in one transaction. */
  save(contentId: string, revision: number, change?: Change): Promise<OutboxReceipt>;
  /** Marks it as deleted and leaves the event of that. */
  remove(contentId: string, revision: number): Promise<OutboxReceipt>;
}

export async function openOutboxWorld(): Promise<OutboxWorld> {
  const world = await openPostgresWorld();
  const { url, directory, log, superuser } = world;
  const store = openRelayStore({ url, secrets: TEST_SECRETS, log });
  const relays: Relay[] = [];
  return {
    ...{ url, superuser, store },
    open: (context) => world.postgres.forTenant(context),
    a: tenantOf(world.a),
    b: tenantOf(world.b),
    tenant: async (slug, tier) => tenantOf(await world.tenant(slug, tier)),
    relay(projections, overrides = {}) {
      const defaults = { queue: store.queue, directory, openStores: () => NO_STORES, projections, log };
      const relay = createRelay({ ...defaults, pollMs: 50, retryMs: 10, ...overrides });
      relays.push(relay);
      return relay;
    },
    async close() {
      await Promise.all(relays.map((relay) => relay.stop()));
      await store.close();
      await world.close();
    },
  };
}

/** For projections that reach no store but what they were made with. */
export const NO_STORES = {} as TenantStores;

function tenantOf({ id, context, handle }: PostgresTenant): OutboxTenant {
  return {
    context,
    postgres: handle,
    save: (contentId, revision, change = {}) =>
      handle.transaction(async (tx) => {
        const title = change.title ?? `Title ${revision}`;
        await tx.$queryRaw`
          insert into contents (tenant_id, id, slug, title) values (${id}::uuid, ${contentId}::uuid, ${contentId}, ${title})
          on conflict (tenant_id, id) do update set revision = ${revision}::int, title = excluded.title`;
        return await appendOutbox(tx, saved(contentId, revision, { ...change, title }));
      }),
    remove: (contentId, revision) =>
      handle.transaction(async (tx) => {
        await tx.$queryRaw`
          update contents set revision = ${revision}::int, deleted_at = now() where id = ${contentId}::uuid`;
        const payload = { contentId, revision };
        return await appendOutbox(tx, { kind: 'content.deleted', entity: 'Content', entityId: contentId, payload });
      }),
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
