import type { TestTenant } from './tenants.ts';

/**
 * What the owner of a tenant makes of what is learnt, kept and measured: a session that runs and has a contribution, one
 * that is open, a budget, a retention, metrics, and a memory to count.
 */
export async function learnAlone(
  run: <T>(query: string, variables?: Record<string, unknown>) => Promise<T>,
  { canary, secret }: TestTenant,
): Promise<void> {
  const { createProject } = await run<{ createProject: { id: string } }>(PROJECT, {
    input: { key: 'learning', name: `${canary} learning` },
  });
  const { createExecutionContext } = await run<{ createExecutionContext: { id: string } }>(CONTEXT, {
    input: { projectId: createProject.id, key: 'together', name: `${canary} together`, isolationLevel: 'FEDERATED' },
  });
  const contextId = createExecutionContext.id;
  await run(REMEMBER, {
    input: { contextId, kind: 'SEMANTIC', relevanceScore: 0.5, content: { note: secret }, tags: [canary] },
  });
  const sessionIds: string[] = [];
  for (const topic of [canary, `${canary}-later`]) {
    const { createFederatedSession } = await run<{ createFederatedSession: { session: { id: string } } }>(BEGIN, {
      input: { topic, contextId, dimensions: 2, bound: 1, epsilonPerRound: 1, deltaPerRound: 1e-7, roundCount: 2 },
    });
    sessionIds.push(createFederatedSession.session.id);
  }
  const [id] = sessionIds;
  await run(START, { id });
  await run(CONTRIBUTE, { input: { sessionId: id, round: 1, values: [0.25, -0.5] } });
  await run(BUDGET, { topic: canary });
  await run(RETAIN);
  for (const value of [1, 2]) {
    await run(LOG, { input: { subject: canary, name: 'retrieval-time', value, unit: 'ms' } });
  }
}

const PROJECT = 'mutation ($input: ProjectInput!) { createProject(input: $input) { id } }';
const CONTEXT = 'mutation ($input: ExecutionContextInput!) { createExecutionContext(input: $input) { id } }';
const REMEMBER = 'mutation ($input: MemoryInput!) { createMemory(input: $input) { id } }';
const BEGIN = 'mutation ($input: FederatedSessionInput!) { createFederatedSession(input: $input) { session { id } } }';
const START = 'mutation ($id: ID!) { startFederatedSession(id: $id) { id } }';
const CONTRIBUTE =
  'mutation ($input: FederatedContributionInput!) { contributeToFederatedSession(input: $input) { outcome } }';
const BUDGET = 'mutation ($topic: String!) { setPrivacyBudget(topic: $topic, epsilon: 4, delta: 1e-6) { topic } }';
const RETAIN = 'mutation { setRetentionPolicy(kind: MEMORIES, days: 365) { days } }';
const LOG = 'mutation ($input: PerformanceMetricInput!) { logPerformanceMetric(input: $input) { id } }';
