import type { Tier } from '#tenancy/tiers';
import { tamperWith } from './audit.ts';
import type { PostgresTenant, PostgresWorld } from './postgres.ts';
import { type Answer, createRelationalClient } from './relational.ts';

/** A tenant with one execution context, for tests of how long things are kept. */
export interface Rememberer extends PostgresTenant {
  readonly contextId: string;
  ask(query: string, variables?: Record<string, unknown>): Promise<Answer>;
  /** Writes memories past the product. */
  plant(count: number, facts?: { readonly expired?: boolean; readonly daysOld?: number }): Promise<void>;
}

export async function openRememberer(world: PostgresWorld, slug: string, tier: Tier = 'STANDARD'): Promise<Rememberer> {
  const tenant = await world.tenant(slug, tier);
  const { ask } = createRelationalClient(world, tenant);
  const project = await ask('mutation { createProject(input: { key: "kept", name: "Kept" }) { id } }');
  const made = await ask(CONTEXT, { projectId: project.data.createProject.id });
  const contextId = made.data.createExecutionContext.id;
  return {
    ...tenant,
    contextId,
    ask,
    plant: (count, { expired = false, daysOld = 0 } = {}) =>
      tamperWith(
        world,
        tenant,
        `INSERT INTO memories (tenant_id, context_id, kind, relevance_score, content, expires_at, created_at)
         SELECT $tenant, '${contextId}', 'SEMANTIC', 0.5, '{"fact": "one"}',
           ${expired ? `now() - interval '1 minute'` : 'NULL'}, now() - make_interval(days => ${daysOld})
         FROM generate_series(1, ${count})`,
      ),
  };
}

const CONTEXT =
  'mutation ($projectId: ID!) { createExecutionContext(input: { projectId: $projectId, key: "kept", name: "Kept" }) { id } }';
