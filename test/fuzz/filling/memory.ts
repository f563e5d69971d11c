import type { TestTenant } from '#test/kit/tenants';
import type { RunField } from './run.ts';

/** A memory that expires, and texts that are offloaded. */
export async function fillMemory(run: RunField, { canary, secret }: TestTenant): Promise<void> {
  const project = await run<{ id: string }>(PROJECT, { input: { key: 'work', name: `${canary} work` } });
  const context = { projectId: project.id, key: 'work', name: `${canary} work` };
  const { id: contextId } = await run<{ id: string }>(CONTEXT, { input: context });
  const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
  const content = { note: `${canary} ${secret} shared words` };
  await run(MEMORY, { input: { contextId, kind: 'SEMANTIC', content, tags: ['shared-tag'], expiresAt } });
  for (const key of ['notes', 'log']) {
    const input = { contextId, key, title: `${canary} ${key}`, tags: ['shared-tag'] };
    await run(OFFLOAD, { input, text: `${canary} ${secret} shared words. `.repeat(50) });
  }
}

const PROJECT = 'mutation ($input: ProjectInput!) { createProject(input: $input) { id } }';
const CONTEXT = 'mutation ($input: ExecutionContextInput!) { createExecutionContext(input: $input) { id } }';
const MEMORY = 'mutation ($input: MemoryInput!) { createMemory(input: $input) { id } }';
const OFFLOAD =
  'mutation ($input: OffloadInput!, $text: String!) { offloadContext(input: $input, text: $text) { id } }';
