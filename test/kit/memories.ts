import { tamperWith } from './audit.ts';
import type { PostgresTenant, PostgresWorld } from './postgres.ts';
import { createRelationalClient, type RelationalClient } from './relational.ts';

/** Makes what a tenant remembers, through the subgraph. */
export interface Memories extends RelationalClient {
  /** @returns the id of a new context, with a key of its own where none is given */
  context(input?: Readonly<Record<string, unknown>>): Promise<string>;
  remember(contextId: string, content: object, input?: Readonly<Record<string, unknown>>): Promise<string>;
  relate(fromId: string, toId: string, input?: Readonly<Record<string, unknown>>): Promise<void>;
  /** Past the product, as time would. */
  dangerouslyExpire(memoryId: string): Promise<void>;
}

export async function createMemories(world: PostgresWorld, tenant: PostgresTenant): Promise<Memories> {
  const client = createRelationalClient(world, tenant);
  const run = async (field: string, input: object): Promise<string> => {
    const type = field.replace(/^create/, '');
    const text = `mutation ($input: ${type}Input!) { ${field}(input: $input) { id } }`;
    const { data, errors } = await client.ask(text, { input });
    if (errors?.[0]) throw errors[0];
    return (data as unknown as Readonly<Record<string, { id: string }>>)[field]?.id ?? '';
  };
  let number = 0;
  const projectId = await run('createProject', { key: `p${Date.now()}`, name: 'Project' });
  return {
    ...client,
    context: (input = {}) => {
      number += 1;
      return run('createExecutionContext', { projectId, key: `c${number}`, name: 'Context', ...input });
    },
    remember: (contextId, content, input = {}) =>
      run('createMemory', { contextId, kind: 'SEMANTIC', content, ...input }),
    async relate(fromId, toId, input = {}) {
      const text = 'mutation ($input: MemoryRelationshipInput!) { relateMemories(input: $input) { kind } }';
      const { errors } = await client.ask(text, { input: { fromId, toId, kind: 'RELATES_TO', ...input } });
      if (errors?.[0]) throw errors[0];
    },
    dangerouslyExpire: (memoryId) =>
      tamperWith(
        world,
        tenant,
        `UPDATE memories SET expires_at = now() - interval '1 second' WHERE id = '${memoryId}'`,
      ),
  };
}
