import type { TestTenant } from './tenants.ts';

type Run = <T>(query: string, variables?: Record<string, unknown>) => Promise<T>;

export interface Remembered {
  readonly memoryIds: readonly string[];
  /** Of the first memory. */
  readonly executionContextId: string;
  /** Texts, the second of an encrypted context. */
  readonly offloadedIds: readonly string[];
}

/** What a tenant remembers, and shares where its tier can: a project, two contexts, memories that hang together. */
export async function remember(run: Run, { id, canary, secret, tier }: TestTenant): Promise<Remembered> {
  const make = async (field: string, type: string, input: object): Promise<string> => {
    const made = await run<Readonly<Record<string, { id: string }>>>(
      `mutation ($input: ${type}!) { ${field}(input: $input) { id } }`,
      { input },
    );
    return made[field]?.id ?? '';
  };
  const key = canary.slice(-12);
  const projectId = await make('createProject', 'ProjectInput', {
    key,
    name: `${canary} project`,
    description: secret,
  });
  const context = (name: string, isolationLevel: string) =>
    make('createExecutionContext', 'ExecutionContextInput', { projectId, key: name, name: canary, isolationLevel });
  const [closed, contextId] = [await context('closed', 'STRICT'), await context('shared', 'SHARED')];
  const memories: string[] = [];
  for (const [at, kind] of (['EPISODIC', 'SEMANTIC', 'PROCEDURAL'] as const).entries()) {
    const content = { note: `${canary} ${secret} shared words`, step: at };
    const tags = [canary, 'shared-tag'];
    memories.push(
      await make('createMemory', 'MemoryInput', { contextId: at === 0 ? closed : contextId, kind, content, tags }),
    );
  }
  for (const toId of memories.slice(1)) {
    await run('mutation ($input: MemoryRelationshipInput!) { relateMemories(input: $input) { kind } }', {
      input: { fromId: memories[0], toId, kind: 'SUPPORTS', strength: 0.5 },
    });
  }
  const sealed = await context('sealed', 'STRICT');
  await run('mutation ($id: ID!) { setMemoryEncryption(contextId: $id, enabled: true) { left } }', { id: sealed });
  const offloadedIds = [await offload(run, contextId, canary, secret), await offload(run, sealed, canary, secret)];
  if (tier === 'FREE' || tier === 'STANDARD') await shareWithNobody(run, { id, contextId });
  return { memoryIds: memories, executionContextId: closed, offloadedIds };
}

async function offload(run: Run, contextId: string, canary: string, secret: string): Promise<string> {
  const input = { contextId, key: canary, title: `${canary} text`, tags: [canary, 'shared-tag'] };
  const { offloadContext } = await run<{ offloadContext: { id: string } }>(
    'mutation ($input: OffloadInput!, $text: String!) { offloadContext(input: $input, text: $text) { id } }',
    { input, text: `${canary} ${secret} shared words, offloaded.` },
  );
  return offloadContext.id;
}

/** The grantee is no tenant, so that nothing leaves the one that is filled. */
async function shareWithNobody(
  run: Run,
  { id, contextId }: Readonly<Record<'id' | 'contextId', string>>,
): Promise<void> {
  const granteeId = id.replace(/^.{8}/, '00000000');
  const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
  await run('mutation ($input: SharingRuleInput!) { createSharingRule(input: $input) { id } }', {
    input: { contextId, granteeId, purpose: 'shared-purpose', tag: 'shared-tag', expiresAt },
  });
  await run('mutation { allowSharedUse(purpose: "shared-purpose", role: OWNER) { subject } }');
}
