import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { urlOfRole } from '#stores/postgres/roles';
import { type Learner, type LearningWorld, openLearningWorld } from '#test/kit/federated-learning';
import { asRole } from '#test/kit/postgres';
import { TEST_SECRETS } from '#test/kit/secrets';

/** A session of three, in its first round, to which two have contributed; a fourth tenant has nothing to do with it. */
let world: LearningWorld;
let members: [Learner, Learner, Learner];
let stranger: Learner;
let session: { readonly id: string; readonly code: string };
const SECRET = [0.123, 0.456];

beforeAll(async () => {
  world = await openLearningWorld();
  members = [await world.learner('one'), await world.learner('two'), await world.learner('three')];
  stranger = await world.learner('stranger');
  session = await members[0].begin({ topic: 'attacked' });
  for (const member of members.slice(1)) await member.join(session.code);
  await members[0].ask('mutation ($id: ID!) { startFederatedSession(id: $id) { id } }', session);
  for (const member of members.slice(1)) await member.contribute(session.id, SECRET);
});
afterAll(() => world.close());

const codeOf = ({ errors }: Awaited<ReturnType<Learner['ask']>>) => errors?.[0]?.extensions.code;

/** Whatever could be sent to the server in the name of a tenant. */
function inTheNameOf<T>(tenant: Learner, work: (client: pg.Client) => Promise<T>): Promise<T> {
  return asRole(urlOfRole(world.url, 'app', TEST_SECRETS), async (client) => {
    await client.query(`SELECT set_config('app.tenant', $1, false), set_config('app.principal', 'user:x', false)`, [
      tenant.id,
    ]);
    return work(client);
  });
}

const count = (tenant: Learner, table: string): Promise<number | null> =>
  inTheNameOf(tenant, async (client) => (await client.query(`SELECT FROM ${table}`)).rowCount);
const attempt = (tenant: Learner, text: string, values: unknown[] = []): Promise<string> =>
  inTheNameOf(tenant, (client) =>
    client.query(text, values).then(
      ({ rowCount }) => `${rowCount} rows`,
      (error: Error) => error.message,
    ),
  );

describe('FL-01 a participant', () => {
  it.each(['federated_contributions', 'federated_participants', 'privacy_budgets'])(
    'sees its own row of %s alone',
    async (table) => {
      expect(await count(members[1], table)).toBe(1);
      const rows = await inTheNameOf(members[1], (client) => client.query(`SELECT DISTINCT tenant_id FROM ${table}`));
      expect(rows.rows).toEqual([{ tenant_id: members[1].id }]);
    },
  );

  it('sees the session and how many there are, and nothing of who they are', async () => {
    await world.keeper.tick();
    const seen = await members[1].session(session.id);
    expect(seen).toMatchObject({ participantCount: 3, isHost: false });
    for (const other of [members[0], members[2]]) expect(JSON.stringify(seen)).not.toContain(other.id);
  });

  it.each([
    ['contribute again', (one: Learner) => one.contribute(session.id, SECRET)],
    ['join again', (one: Learner) => one.join(session.code)],
    ['contribute to a round that is not', (one: Learner) => one.contribute(session.id, SECRET, 2)],
  ])('cannot %s', async (_, attack) => {
    expect(codeOf(await attack(members[1]))).toBe('CONFLICT');
  });

  it.each([
    [
      'give for another',
      `INSERT INTO federated_contributions (tenant_id, host_id, session_id, round, secret_vector, clipped, heavily_clipped)
      SELECT $2, tenant_id, id, round, '{1,1}', false, false FROM federated_sessions WHERE id = $1`,
      /row-level security/,
    ],
    [
      'give for a round that is over',
      `INSERT INTO federated_contributions (tenant_id, host_id, session_id, round, secret_vector, clipped, heavily_clipped)
      SELECT current_setting('app.tenant')::uuid, tenant_id, id, 0, '{1,1}', false, false FROM federated_sessions WHERE id = $1 AND $2::uuid IS NOT NULL`,
      /row-level security/,
    ],
    [
      'change what it gave',
      `UPDATE federated_contributions SET secret_vector = '{9,9}' WHERE session_id = $1 OR tenant_id = $2`,
      /permission denied/,
    ],
    [
      'give twice by taking back',
      'DELETE FROM federated_contributions WHERE session_id = $1 OR tenant_id = $2',
      /permission denied/,
    ],
    [
      'write what is learnt',
      `UPDATE federated_rounds SET insight = '{1,1}' WHERE session_id = $1 OR tenant_id = $2`,
      /permission denied/,
    ],
    [
      'end a round of another’s session',
      `UPDATE federated_rounds SET state = 'DUE' WHERE session_id = $1 AND tenant_id = $2`,
      /^0 rows/,
    ],
    [
      'ask for less than three',
      'UPDATE federated_sessions SET min_participants = 3 WHERE id = $1 AND tenant_id = $2',
      /permission denied/,
    ],
    [
      'have its budget back',
      'UPDATE privacy_budgets SET spent_epsilon_micros = 0 WHERE $1::uuid <> $2::uuid',
      /permission denied/,
    ],
    [
      'have a better name',
      'UPDATE federated_participants SET reputation = 1 WHERE session_id = $1 OR tenant_id = $2',
      /permission denied/,
    ],
  ])('cannot %s, whatever it sends', async (_, text, refusal) => {
    expect(await attempt(members[1], text, [session.id, members[0].id])).toMatch(refusal);
  });
});

describe('FL-02 a stranger', () => {
  it('sees nothing of a session, by id or at all, in the words of what never was', async () => {
    for (const id of [session.id, randomUUID()]) {
      expect(await stranger.session(id)).toBeNull();
      expect(codeOf(await stranger.contribute(id, SECRET))).toBe('NOT_FOUND');
      expect(codeOf(await stranger.ask('mutation ($id: ID!) { cancelFederatedSession(id: $id) { id } }', { id }))).toBe(
        'NOT_FOUND',
      );
    }
    for (const table of [
      'federated_sessions',
      'federated_rounds',
      'federated_participants',
      'federated_contributions',
    ]) {
      expect(await count(stranger, table), table).toBe(0);
    }
  });

  it('does not join with a code that is none, however it is written', async () => {
    for (const code of ['', 'x', session.code.toUpperCase(), `${session.code} `]) {
      expect(codeOf(await stranger.join(code))).toBe('NOT_FOUND');
    }
  });

  it('that says it has joined sees nothing, and can give nothing, without the code', async () => {
    const forged = `INSERT INTO federated_participants (tenant_id, host_id, session_id, joining_hash, context_id, privacy_level, joined_round)
      VALUES ($1, $2, $3, repeat('0', 64), $1, 'OPEN', 0)`;
    await inTheNameOf(stranger, async (client) => {
      await client.query('BEGIN');
      await client.query(forged, [stranger.id, members[0].id, session.id]);
      for (const table of ['federated_sessions', 'federated_rounds']) {
        expect((await client.query(`SELECT FROM ${table}`)).rowCount, table).toBe(0);
      }
      const given = client.query(
        `INSERT INTO federated_contributions (tenant_id, host_id, session_id, round, secret_vector, clipped, heavily_clipped)
         VALUES ($1, $2, $3, 1, '{1,1}', false, false)`,
        [stranger.id, members[0].id, session.id],
      );
      await expect(given).rejects.toThrow(/row-level security/);
    });
  });
});

describe('FL-03 a release', () => {
  it('is not had with two and many contributions of one’s own', async () => {
    const { id, code } = await members[0].begin({ topic: 'sybil' });
    await members[1].join(code);
    await members[0].ask('mutation ($id: ID!) { startFederatedSession(id: $id) { id } }', { id });
    for (const attempt of [1, 2, 3, 4]) await members[0].contribute(id, [attempt, 0]);
    await members[1].contribute(id, SECRET);
    await members[0].ask('mutation ($id: ID!) { endFederatedRound(id: $id, round: 1) { id } }', { id });
    await world.keeper.tick();
    expect((await members[0].session(id))?.rounds[0]).toMatchObject({ state: 'REFUSED', insight: null });
    expect(codeOf(await members[1].contribute(id, SECRET))).toBe('CONFLICT');
  });

  it('is decided by a role that reads nothing else of a tenant', async () => {
    await asRole(urlOfRole(world.url, 'federation', TEST_SECRETS), async (client) => {
      for (const table of ['contents', 'memories', 'execution_contexts', 'tenants', 'users', 'audit_log']) {
        await expect(client.query(`SELECT * FROM ${table}`), table).rejects.toThrow(/permission denied/);
      }
      expect((await client.query('SELECT tenant_id, user_id FROM memberships')).rows).toEqual([]);
    });
  });

  it('leaves nothing of what was given, neither in its table nor in the audit', async () => {
    await members[0].contribute(session.id, SECRET);
    await members[0].ask('mutation ($id: ID!) { endFederatedRound(id: $id, round: 1) { id } }', session);
    await world.keeper.tick();
    expect((await members[2].session(session.id))?.rounds[0]).toMatchObject({ state: 'RELEASED', contributors: 3 });
    expect(await world.superuser('SELECT FROM federated_contributions WHERE secret_vector IS NOT NULL')).toEqual([]);
    const told = await world.superuser<{ after: Record<string, unknown> }>(
      `SELECT after FROM audit_log WHERE entity = 'federated_contributions' AND operation = 'INSERT'`,
    );
    expect(told.length).toBeGreaterThan(3);
    for (const { after } of told) expect(after.secret_vector).toBe('[redacted]');
  });
});
