import { randomUUID } from 'node:crypto';
import { ownPlaceOf } from '#stores/postgres/placement';
import type { TestTenant } from '#test/kit/tenants';
import type { RunField } from './run.ts';

/** Projects, contexts, memories and how they hang together; offloaded texts, offers, sessions, policies and metrics. */
export async function fillMemory(run: RunField, { id, tier, canary, secret }: TestTenant): Promise<void> {
  const make = async (text: string, input: object): Promise<string> => (await run<{ id: string }>(text, { input })).id;
  const projectId = await make(PROJECT, { key: 'work', name: `${canary} work`, description: secret });
  const contextOf = (key: string, isolationLevel: string): Promise<string> =>
    make(CONTEXT, { projectId, key, name: `${canary} ${key}`, isolationLevel });
  const [strict, shared, federated] = [
    await contextOf('strict', 'STRICT'),
    await contextOf('shared', 'SHARED'),
    await contextOf('federated', 'FEDERATED'),
  ];
  const memories: string[] = [];
  const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
  for (const [number, kind] of ['EPISODIC', 'SEMANTIC', 'PROCEDURAL', 'SEMANTIC'].entries()) {
    const contextId = number === 0 ? shared : strict;
    const content = { note: `${canary} ${secret} shared words ${number}` };
    memories.push(await make(MEMORY, { contextId, kind, content, tags: [canary, 'shared-tag'], expiresAt }));
  }
  const [first, ...others] = memories;
  for (const toId of others) await run(RELATE, { input: { fromId: first, toId, kind: 'SUPPORTS', strength: 0.5 } });
  for (const key of ['notes', 'log']) {
    const input = { contextId: strict, key, title: `${canary} ${key}`, tags: ['shared-tag'] };
    await run(OFFLOAD, { input, text: `${canary} ${secret} shared words. `.repeat(50) });
  }
  if (!ownPlaceOf({ tenantId: id, tier })) await fillSharing(run, { contextId: shared, expiresAt }, first);
  await run(POLICY);
  await run(BUDGET);
  await run(SESSION, {
    input: {
      topic: 'shared-topic',
      contextId: federated,
      dimensions: 2,
      bound: 1,
      epsilonPerRound: 1,
      deltaPerRound: 1e-7,
    },
  });
  for (const value of [1, 2, 3])
    await run(METRIC, { input: { subject: 'memory', name: 'retrieval-time', value, unit: 'ms' } });
}

/** Tenants with a place of their own share with nobody. */
async function fillSharing(run: RunField, context: { contextId: string; expiresAt: string }, memoryId?: string) {
  // Nobody has this id, which nothing says to whoever offers.
  const offer = { ...context, granteeId: randomUUID(), purpose: 'shared-purpose' };
  await run(OFFER, { input: { ...offer, memoryId } });
  const { id } = await run<{ id: string }>(OFFER, { input: { ...offer, tag: 'shared-tag' } });
  await run(END_OFFER, { id });
  await run(ALLOW);
}

const PROJECT = 'mutation ($input: ProjectInput!) { createProject(input: $input) { id } }';
const CONTEXT = 'mutation ($input: ExecutionContextInput!) { createExecutionContext(input: $input) { id } }';
const MEMORY = 'mutation ($input: MemoryInput!) { createMemory(input: $input) { id } }';
const RELATE = 'mutation ($input: MemoryRelationshipInput!) { relateMemories(input: $input) { kind } }';
const OFFLOAD =
  'mutation ($input: OffloadInput!, $text: String!) { offloadContext(input: $input, text: $text) { id } }';
const OFFER = 'mutation ($input: SharingRuleInput!) { createSharingRule(input: $input) { id } }';
const END_OFFER = 'mutation ($id: ID!) { endSharingRule(id: $id) { id } }';
const ALLOW = 'mutation { allowSharedUse(purpose: "shared-purpose", role: OWNER) { subject } }';
const POLICY = 'mutation { setRetentionPolicy(kind: MEMORIES, days: 30) { days } }';
const BUDGET = 'mutation { setPrivacyBudget(topic: "shared-topic", epsilon: 5, delta: 1e-5) { topic } }';
const SESSION = 'mutation ($input: FederatedSessionInput!) { createFederatedSession(input: $input) { joiningCode } }';
const METRIC = 'mutation ($input: PerformanceMetricInput!) { logPerformanceMetric(input: $input) { id } }';
