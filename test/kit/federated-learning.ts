import { createFederationKeeper, type FederationKeeper } from '#operations/federation/keeper';
import { openFederationStore } from '#stores/postgres/federation/index';
import type { Tier } from '#tenancy/tiers';
import { openPostgresWorld, type PostgresTenant, type PostgresWorld } from './postgres.ts';
import { type Answer, createRelationalClient } from './relational.ts';
import { TEST_SECRETS } from './secrets.ts';

/** Tenants that can learn together, and who decides their rounds when asked to. */
export interface LearningWorld extends PostgresWorld {
  readonly keeper: FederationKeeper;
  learner(slug: string, tier?: Tier): Promise<Learner>;
}

export interface Learner extends PostgresTenant {
  /** Of level FEDERATED. */
  readonly contextId: string;
  ask(query: string, variables?: Record<string, unknown>): Promise<Answer>;
  /** @throws Error where it is refused */
  begin(input?: Record<string, unknown>): Promise<{ id: string; code: string }>;
  join(code: string): Promise<Answer>;
  contribute(sessionId: string, values: readonly number[], round?: number): Promise<Answer>;
  session(id: string): Promise<Answer['data']['federatedSession']>;
  budget(topic?: string): Promise<Answer['data']['privacyBudgets'][number] | undefined>;
}

export async function openLearningWorld(): Promise<LearningWorld> {
  const world = await openPostgresWorld({ timeoutMs: 10_000 });
  const store = openFederationStore({ url: world.url, secrets: TEST_SECRETS, log: world.log });
  const keeper = createFederationKeeper({ store, fewest: 3, log: world.log });
  return {
    ...world,
    keeper,
    async learner(slug, tier = 'STANDARD') {
      return learnerOf(world, await world.tenant(slug, tier));
    },
    async close() {
      await keeper.stop();
      await world.close();
    },
  };
}

async function learnerOf(world: PostgresWorld, tenant: PostgresTenant): Promise<Learner> {
  const { ask } = createRelationalClient(world, tenant);
  const project = await ask(PROJECT);
  const { data } = await ask(CONTEXT, { projectId: project.data.createProject.id });
  const contextId = data.createExecutionContext.id;
  return {
    ...tenant,
    contextId,
    ask,
    async begin(input = {}) {
      const given = {
        topic: TOPIC,
        contextId,
        dimensions: 2,
        bound: 1,
        epsilonPerRound: 1,
        deltaPerRound: 1e-7,
        ...input,
      };
      const { data: made, errors } = await ask(BEGIN, { input: given });
      if (errors) throw new Error(JSON.stringify(errors));
      const { session, joiningCode } = made.createFederatedSession;
      return { id: session.id, code: joiningCode };
    },
    join: (code) => ask(JOIN, { code, contextId }),
    contribute: (sessionId, values, round = 1) => ask(CONTRIBUTE, { input: { sessionId, round, values } }),
    session: async (id) => (await ask(SESSION, { id })).data.federatedSession,
    budget: async (topic = TOPIC) => (await ask(BUDGETS)).data.privacyBudgets.find((one) => one.topic === topic),
  };
}

const TOPIC = 'code-review';
const PROJECT = 'mutation { createProject(input: { key: "learning", name: "Learning" }) { id } }';
const CONTEXT = `mutation ($projectId: ID!) { createExecutionContext(
  input: { projectId: $projectId, key: "together", name: "Together", isolationLevel: FEDERATED }) { id } }`;
const BEGIN = `mutation ($input: FederatedSessionInput!) {
  createFederatedSession(input: $input) { joiningCode session { id } } }`;
const JOIN = `mutation ($code: String!, $contextId: ID!) {
  joinFederatedSession(code: $code, contextId: $contextId, privacyLevel: BALANCED) { id isHost own { state reputation } } }`;
const CONTRIBUTE = `mutation ($input: FederatedContributionInput!) {
  contributeToFederatedSession(input: $input) { values clipped outcome } }`;
const SESSION = `query ($id: ID!) { federatedSession(id: $id) {
  id state isHost participantCount currentRound own { state reputation context { id } }
  rounds { number state contributors insight noiseDeviation own { values clipped outcome } } } }`;
const BUDGETS = '{ privacyBudgets { topic epsilon delta spentEpsilon spentDelta } }';
