import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decideRound } from '#operations/federation/decide';
import { openFederationStore } from '#stores/postgres/federation/index';
import { secureRandom } from '#subgraphs/relational/memory/federated/privacy/random';
import { type Learner, type LearningWorld, openLearningWorld } from '#test/kit/federated-learning';
import { TEST_SECRETS } from '#test/kit/secrets';

let world: LearningWorld;
let learners: [Learner, Learner, Learner, Learner];
beforeAll(async () => {
  world = await openLearningWorld();
  learners = [
    await world.learner('first'),
    await world.learner('second'),
    await world.learner('third', 'PREMIUM'),
    await world.learner('fourth', 'ENTERPRISE'),
  ];
});
afterAll(() => world.close());

const START = 'mutation ($id: ID!) { startFederatedSession(id: $id) { state currentRound } }';
const END = 'mutation ($id: ID!, $round: Int!) { endFederatedRound(id: $id, round: $round) { state } }';
const LEAVE = 'mutation ($id: ID!) { leaveFederatedSession(id: $id) { own { state } } }';
const CANCEL = 'mutation ($id: ID!) { cancelFederatedSession(id: $id) { state } }';
const BUDGET =
  'mutation ($topic: String!, $epsilon: Float!) { setPrivacyBudget(topic: $topic, epsilon: $epsilon, delta: 1e-5) { epsilon } }';
const codeOf = ({ errors }: Awaited<ReturnType<Learner['ask']>>) => errors?.[0]?.extensions.code;

/** Begun by the first and joined by the others that are named. */
async function running(input: Record<string, unknown> = {}, members: readonly Learner[] = learners.slice(0, 3)) {
  const [host, ...others] = members;
  if (!host) throw new Error('A session has a host.');
  const { id, code } = await host.begin({ ...input });
  for (const other of others) expect((await other.join(code)).errors).toBeUndefined();
  expect((await host.ask(START, { id })).data.startFederatedSession.currentRound).toBe(1);
  const end = async (round = 1) => {
    expect((await host.ask(END, { id, round })).errors).toBeUndefined();
    await world.keeper.tick();
  };
  return { id, code, host, end };
}

describe('a round', () => {
  it('of three tenants, of three tiers, is released with noise to all of them and to nobody else', async () => {
    const members = [learners[0], learners[2], learners[3]];
    const { id, end } = await running({ topic: 'tiers', mechanism: 'LAPLACE', deltaPerRound: 0 }, members);
    for (const member of members) {
      const given = await member.contribute(id, [0.25, -0.5]);
      expect(given.data.contributeToFederatedSession).toMatchObject({ values: [0.25, -0.5], clipped: false });
    }
    await end();
    const [seen, ...others] = await Promise.all(members.map((member) => member.session(id)));
    expect(seen).toMatchObject({ state: 'CLOSED', participantCount: 3, isHost: true });
    expect(seen?.rounds[0]).toMatchObject({
      state: 'RELEASED',
      contributors: 3,
      insight: [expect.any(Number), expect.any(Number)],
    });
    expect(seen?.rounds[0]?.insight).not.toEqual([0.25, -0.5]);
    for (const other of others) expect(other?.rounds[0]?.insight).toEqual(seen?.rounds[0]?.insight);
    expect(await learners[1].session(id)).toBeNull();
    expect(seen?.rounds[0]?.own).toEqual({ values: null, clipped: false, outcome: 'INCLUDED' });
  });

  it('costs each who contributed, and nobody else', async () => {
    const { id, end } = await running({ topic: 'cost', epsilonPerRound: 0.75 }, learners);
    for (const member of learners.slice(0, 3)) await member.contribute(id, [0, 0]);
    await end();
    for (const member of learners.slice(0, 3)) {
      expect(await member.budget('cost')).toEqual({
        topic: 'cost',
        epsilon: 8,
        delta: 1e-5,
        spentEpsilon: 0.75,
        spentDelta: 1e-7,
      });
    }
    expect(await learners[3].budget('cost')).toMatchObject({ spentEpsilon: 0, spentDelta: 0 });
  });

  it('of too few is refused, costs nothing, and the next one begins', async () => {
    const { id, host, end } = await running({ topic: 'few', roundCount: 2 });
    for (const member of learners.slice(0, 2)) await member.contribute(id, [1, 1]);
    await end();
    const session = await host.session(id);
    expect(session).toMatchObject({ state: 'RUNNING', currentRound: 2 });
    expect(session?.rounds[1]).toMatchObject({
      state: 'REFUSED',
      insight: null,
      own: { outcome: 'TOO_FEW', values: null },
    });
    expect(await host.budget('few')).toMatchObject({ spentEpsilon: 0 });
  });

  it('does not use what somebody gave who has left', async () => {
    const { id, host, end } = await running({ topic: 'left' });
    for (const member of learners.slice(0, 3)) await member.contribute(id, [1, 1]);
    expect((await learners[2].ask(LEAVE, { id })).data.leaveFederatedSession.own.state).toBe('LEFT');
    expect(codeOf(await learners[2].contribute(id, [1, 1]))).toBe('CONFLICT');
    await end();
    expect((await host.session(id))?.rounds[0]).toMatchObject({ state: 'REFUSED' });
    expect((await learners[2].session(id))?.rounds).toEqual([]);
    expect(codeOf(await host.ask(LEAVE, { id }))).toBe('CONFLICT');
  });

  it('that nobody ends is decided when its time is over', async () => {
    const { id, host } = await running({ topic: 'time', roundSeconds: 60 });
    expect(await world.keeper.tick()).toBe(0);
    await world.superuser(`UPDATE federated_rounds SET ends_at = now() WHERE session_id = $1`, [id]);
    expect(codeOf(await host.contribute(id, [1, 1]))).toBe('CONFLICT');
    expect(await world.keeper.tick()).toBe(1);
    expect((await host.session(id))?.state).toBe('CLOSED');
  });
});

describe('a budget', () => {
  it('is spent round by round, and refuses when it is gone', async () => {
    const { id, host, end } = await running({ topic: 'gone', roundCount: 3 });
    for (const member of learners) await member.ask(BUDGET, { topic: 'gone', epsilon: 2 });
    for (const round of [1, 2]) {
      for (const member of learners.slice(0, 3))
        expect((await member.contribute(id, [0, 0], round)).errors).toBeUndefined();
      await end(round);
    }
    const refused = await host.contribute(id, [0, 0], 3);
    expect(refused.errors?.[0]?.extensions).toMatchObject({
      code: 'PRIVACY_BUDGET_EXHAUSTED',
      epsilonLeft: 0,
      epsilonPerRound: 1,
    });
    expect(await host.budget('gone')).toMatchObject({ epsilon: 2, spentEpsilon: 2 });
    expect(codeOf(await host.ask(BUDGET, { topic: 'gone', epsilon: 1 }))).toBe('CONFLICT');
    expect((await host.ask(BUDGET, { topic: 'gone', epsilon: 3 })).data.setPrivacyBudget.epsilon).toBe(3);
    expect((await host.contribute(id, [0, 0], 3)).errors).toBeUndefined();
  });

  it('is spent once where two sessions of its topic are released at the same time', async () => {
    const sessions = [await running({ topic: 'parallel' }), await running({ topic: 'parallel' })];
    for (const member of learners.slice(0, 3)) {
      await member.ask(BUDGET, { topic: 'parallel', epsilon: 1 });
      for (const { id } of sessions) expect((await member.contribute(id, [0, 0])).errors).toBeUndefined();
    }
    for (const { id, host } of sessions) await host.ask(END, { id, round: 1 });
    const store = openFederationStore({ url: world.url, secrets: TEST_SECRETS, log: world.log });
    const due = await store.due();
    const decide = (facts: Parameters<typeof decideRound>[0]) =>
      decideRound(facts, { random: secureRandom(), fewest: 3 });
    await Promise.all(due.map((round) => store.decide(round, decide)));
    await store.close();
    const rounds = await Promise.all(sessions.map(async ({ id, host }) => (await host.session(id))?.rounds[0]));
    expect(rounds.map((round) => round?.state).sort()).toEqual(['REFUSED', 'RELEASED']);
    expect(rounds.map((round) => round?.own?.outcome).sort()).toEqual(['BUDGET', 'INCLUDED']);
    expect(await sessions[0]?.host.budget('parallel')).toMatchObject({ epsilon: 1, spentEpsilon: 1 });
  });
});

describe('a release', () => {
  it('is made once, however many decide it and whoever of them is killed', async () => {
    const { id, host } = await running({ topic: 'once' });
    for (const member of learners.slice(0, 3)) await member.contribute(id, [1, 0]);
    await host.ask(END, { id, round: 1 });
    const store = openFederationStore({ url: world.url, secrets: TEST_SECRETS, log: world.log });
    const [round] = await store.due();
    if (!round) throw new Error('A round that was ended is due.');
    const killed = store.decide(round, () => {
      throw new Error('killed after the noise was drawn');
    });
    await expect(killed).rejects.toThrow('killed');
    expect(await host.budget('once')).toMatchObject({ spentEpsilon: 0 });
    const decide = (facts: Parameters<typeof decideRound>[0]) =>
      decideRound(facts, { random: secureRandom(), fewest: 3 });
    const made = await Promise.all([1, 2, 3].map(() => store.decide(round, decide)));
    await store.close();
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(await host.budget('once')).toMatchObject({ spentEpsilon: 1 });
  });
});

describe('reputation', () => {
  it('grows with what comes in time, falls with what is missed or far too long, and is nobody else’s; three missed rounds are the end', async () => {
    const { id, host, end } = await running({ topic: 'reputation', roundCount: 6 });
    await host.contribute(id, [0.5, 0]);
    expect((await learners[1].contribute(id, [30, 40])).data.contributeToFederatedSession).toMatchObject({
      clipped: true,
      values: [expect.closeTo(0.6, 5), expect.closeTo(0.8, 5)],
    });
    await end(1);
    expect((await host.session(id))?.own.reputation).toBe(0.55);
    expect((await learners[1].session(id))?.own.reputation).toBe(0.4);
    expect((await learners[2].session(id))?.own.reputation).toBe(0.3);
    await end(2);
    await learners[1].contribute(id, [30, 40], 3);
    await end(3);
    expect((await learners[1].session(id))?.own).toMatchObject({ state: 'JOINED', reputation: 0.1 });
    expect((await learners[2].session(id))?.own).toMatchObject({ state: 'REMOVED', reputation: 0 });
    expect((await learners[2].session(id))?.rounds.map(({ number }) => number)).toEqual([3, 2, 1]);
    expect(codeOf(await learners[2].contribute(id, [0, 0], 4))).toBe('CONFLICT');
  });
});

describe('a session', () => {
  it('goes from OPEN to RUNNING to its end, and no other way', async () => {
    const { id, host } = await running({ topic: 'states' });
    await learners[1].contribute(id, [1, 1]);
    expect((await host.ask(START, { id })).errors?.[0]?.extensions).toMatchObject({
      code: 'CONFLICT',
      state: 'RUNNING',
    });
    expect(codeOf(await learners[1].ask(CANCEL, { id }))).toBe('FORBIDDEN');
    expect((await host.ask(CANCEL, { id })).data.cancelFederatedSession.state).toBe('CANCELLED');
    for (const again of [START, CANCEL]) {
      expect((await host.ask(again, { id })).errors?.[0]?.extensions).toMatchObject({
        code: 'CONFLICT',
        state: 'CANCELLED',
      });
    }
    expect(codeOf(await host.ask(END, { id, round: 1 }))).toBe('CONFLICT');
    expect(codeOf(await host.contribute(id, [0, 0]))).toBe('CONFLICT');
    await world.keeper.tick();
    expect((await learners[1].session(id))?.rounds[0]?.own).toMatchObject({ outcome: 'CANCELLED', values: null });
  });

  it('takes no context that is not FEDERATED, also where it became so later', async () => {
    const { id, code } = await running({ topic: 'level' });
    const level = `mutation ($id: ID!, $level: IsolationLevel!) {
      updateExecutionContext(id: $id, input: { isolationLevel: $level }) { isolationLevel } }`;
    const [, member, , newcomer] = learners;
    await newcomer.ask(level, { id: newcomer.contextId, level: 'SHARED' });
    expect((await newcomer.join(code)).errors?.[0]?.extensions).toMatchObject({
      code: 'FORBIDDEN',
      isolationLevel: 'SHARED',
    });
    await newcomer.ask(level, { id: newcomer.contextId, level: 'FEDERATED' });
    await member.ask(level, { id: member.contextId, level: 'STRICT' });
    expect((await member.contribute(id, [0, 0])).errors?.[0]?.extensions).toMatchObject({
      code: 'FORBIDDEN',
      isolationLevel: 'STRICT',
    });
    await member.ask(level, { id: member.contextId, level: 'FEDERATED' });
  });

  it.each([
    [{ minParticipants: 2 }, '`minParticipants` is from 3 to 1000'],
    [{ epsilonPerRound: 3 }, '`epsilonPerRound` is from 0.01 to 2'],
    [{ deltaPerRound: 0 }, '`deltaPerRound` is above 0 for GAUSSIAN'],
    [{ topic: 'Two words' }, '`topic` is 1 to 80'],
    [{ dimensions: 513 }, '`dimensions` is from 1 to 512'],
  ])('is refused with %j', async (input, message) => {
    await expect(learners[0].begin(input)).rejects.toThrow(message);
  });

  it('that costs more than a privacy level allows is not joined at that level', async () => {
    await expect(learners[0].begin({ epsilonPerRound: 0.6, privacyLevel: 'STRICT' })).rejects.toThrow('FORBIDDEN');
  });
});
