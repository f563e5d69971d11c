import { randomUUID } from 'node:crypto';
import { createProjections } from '#operations/projections/index';
import type { Projection, ProjectionTenant } from '#operations/projections/projection';
import { type ReconcileOptions, reconcile, type StoreReport } from '#operations/reconcile/index';
import type { Relay } from '#operations/relay/index';
import { createLogger } from '#platform/log';
import { type Neo4j, openNeo4j } from '#stores/neo4j/index';
import { migrateNeo4j } from '#stores/neo4j/migrate';
import type { ProjectionTarget } from '#stores/postgres/outbox';
import type { TenantStores } from '#stores/stores';
import type { TenantContext } from '#tenancy/context';
import { openTestMongo, type TestMongo } from './mongo.ts';
import { NO_STORES, type OutboxTenant, type OutboxWorld, openOutboxWorld } from './outbox-world.ts';

/** The outbox with the real stores behind it: PostgreSQL and MongoDB in databases of their own, Neo4j by tenant. */
export interface ProjectedWorld extends OutboxWorld {
  readonly mongo: TestMongo;
  readonly neo4j: Neo4j;
  openStores(context: TenantContext): TenantStores;
  /** Carries everything that waits to the real stores. */
  carry(): Promise<void>;
  realRelay(): Relay;
  /** The same, but one store refuses every change that is not a deletion, for good. */
  relayRefusing(target: ProjectionTarget): Relay;
  reconcile(tenant: OutboxTenant, options?: Partial<ReconcileOptions>): Promise<StoreReport[]>;
}

export async function openProjectedWorld(): Promise<ProjectedWorld> {
  const { NEO4J_URL: url = '', NEO4J_USER: user = 'neo4j', NEO4J_PASSWORD: password = '' } = process.env;
  const neo4j = openNeo4j({ url, user, password, timeoutMs: 10_000, log: createLogger({ level: 'silent' }) });
  const [world, mongo] = await Promise.all([openOutboxWorld(), openTestMongo(), migrateNeo4j(neo4j)]);
  const { searchIndex } = world.store;
  const projections = createProjections(world.store);
  const openStores = (context: TenantContext): TenantStores => ({
    ...NO_STORES,
    postgres: world.open(context),
    mongo: mongo.mongo.forTenant(context),
    neo4j: neo4j.forTenant(context),
  });
  return {
    ...world,
    ...{ mongo, neo4j, openStores },
    realRelay: () => world.relay(projections, { openStores }),
    relayRefusing(refusing) {
      const refuse = (projection: Projection): Projection => ({
        ...projection,
        project: (tenant, events) =>
          events.some(({ kind }) => kind === 'content.saved')
            ? Promise.reject(new Error('refused'))
            : projection.project(tenant, events),
      });
      const some = projections.map((one) => (one.target === refusing ? refuse(one) : one));
      return world.relay(some, { openStores, maxAttempts: 1 });
    },
    carry: () => world.relay(projections, { openStores }).drain(),
    reconcile(tenant, options = {}) {
      const one: ProjectionTenant = { context: tenant.context, stores: openStores(tenant.context) };
      return reconcile({ tenant: one, projections, searchIndex, dryRun: false, pageSize: 2, ...options });
    },
    async close() {
      for (const { context } of [world.a, world.b]) {
        await neo4j.forTenant(context).write('MATCH (n {tenantId: $tenantId}) DETACH DELETE n');
      }
      await Promise.all([world.close(), mongo.close(), neo4j.close()]);
    },
  };
}

/** Saves documents that say everything an event can say. @returns their ids */
export async function saveDocuments(tenant: OutboxTenant, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  for (const [index, id] of ids.entries()) {
    await tenant.save(id, 1, {
      body: `The body of document ${index}.`,
      topics: [{ name: 'Physics', relevance: 0.8 }],
      keywords: ['llama', `word ${index}`],
    });
  }
  return ids;
}
