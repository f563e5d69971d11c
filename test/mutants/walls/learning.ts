import { inFile, type Mutant } from '../mutant.ts';

const LEARNING_TESTS = ['test/behaviour/federated-learning.test.ts'];
const ATTACKS = ['test/isolation/federated-learning.test.ts'];
const MECHANISM = ['test/unit/memory/mechanism.test.ts'];
const decide = inFile('operations/federation/decide.ts', LEARNING_TESTS);
const mechanism = inFile('subgraphs/relational/memory/federated/privacy/mechanism.ts', MECHANISM);
const migration = inFile('prisma/migrations/0018_federated_learning/migration.sql', ATTACKS);
const statements = inFile('stores/postgres/federation/statements.ts', LEARNING_TESTS);

/** What of a participant nobody learns, and what nobody learns too much of. */
export const LEARNING: readonly Mutant[] = [
  decide({
    id: 'learning-budget',
    wall: 'the budget that a release asks for',
    text: 'return epsilonMicrosLeft >= cost.epsilonMicros && deltaPicosLeft >= cost.deltaPicos;',
    instead: 'return epsilonMicrosLeft >= cost.epsilonMicros || deltaPicosLeft >= 0;',
  }),
  inFile(
    'subgraphs/relational/memory/federated/contribute.ts',
    LEARNING_TESTS,
  )({
    id: 'learning-budget-asked',
    wall: 'the budget that a contribution asks for',
    text: 'await checkBudget(sql, session.topic, session);',
    instead: '',
  }),
  statements({
    id: 'learning-spend',
    wall: 'the spending of a budget with its release',
    text: 'await client.query(SPEND, [topic, paying, epsilonMicros, deltaPicos]);',
    instead: '',
  }),
  statements({
    id: 'learning-forget',
    wall: 'the forgetting of what was contributed',
    text: 'SET secret_vector = NULL, outcome',
    instead: 'SET outcome',
    tests: ATTACKS,
  }),
  decide({
    id: 'learning-k',
    wall: 'the least number of contributions of which anything is released',
    text: 'release: enough ? release(',
    instead: 'release: able.length > 0 ? release(',
  }),
  mechanism({
    id: 'learning-clip',
    wall: 'the clipping of what is released',
    text: 'contributions.map((steps) => clip(steps, norm))',
    instead: 'contributions.map((steps) => (norm ? [...steps] : []))',
  }),
  mechanism({
    id: 'learning-noise',
    wall: 'the noise of what is released',
    text: 'fromGrid(sum + draw(), mechanism.bound)',
    instead: 'fromGrid(sum + 0n * draw(), mechanism.bound)',
  }),
  mechanism({
    id: 'learning-sensitivity',
    wall: 'noise for the replacement of a contribution, which moves the sum by twice the bound',
    text: 'export const SENSITIVITY = 2n * BOUND;',
    instead: 'export const SENSITIVITY = BOUND;',
  }),
  migration({
    id: 'learning-policy',
    wall: 'the policy of contributions, participants and budgets',
    text: "EXECUTE format('CREATE POLICY of_tenant ON %I USING (tenant_id = %s) WITH CHECK (tenant_id = %s)', tbl, mine, mine);",
    instead: "EXECUTE format('CREATE POLICY of_tenant ON %I USING (true) WITH CHECK (tenant_id = %s)', tbl, mine);",
  }),
  migration({
    id: 'learning-code',
    wall: 'the code in what shows a session',
    text: 'AND p.session_id = federated_sessions.id AND p.joining_hash = federated_sessions.joining_hash));',
    instead: 'AND p.session_id = federated_sessions.id));',
  }),
  migration({
    id: 'learning-grant',
    wall: 'the columns of budgets that a request may not give back',
    text: 'GRANT UPDATE (epsilon_micros, delta_picos) ON privacy_budgets TO polygraph_app;',
    instead: 'GRANT UPDATE ON privacy_budgets TO polygraph_app;',
  }),
  inFile('prisma/migrations/0019_memory_retention/migration.sql', ['test/behaviour/memory-analytics.test.ts'])({
    id: 'rollup-policy',
    wall: 'the policy of what is rolled up',
    text: "EXECUTE format('CREATE POLICY of_tenant ON %I USING (tenant_id = %s) WITH CHECK (tenant_id = %s)', tbl, mine, mine);",
    instead: "EXECUTE format('CREATE POLICY of_tenant ON %I USING (true) WITH CHECK (tenant_id = %s)', tbl, mine);",
  }),
];
