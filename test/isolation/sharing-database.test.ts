import { afterAll, beforeAll, expect, it } from 'vitest';
import { moveTenant } from '#stores/postgres/move/index';
import { urlOfRole } from '#stores/postgres/roles';
import { asRole } from '#test/kit/postgres';
import { TEST_SECRETS } from '#test/kit/secrets';
import { offer, openSharingWorld, PURPOSE, type SharingWorld, sharerOf } from '#test/kit/sharing';

/** What PostgreSQL refuses whoever sends it: statements past the subgraph, as the role that serves requests. */
let world: SharingWorld;
beforeAll(async () => {
  world = await openSharingWorld();
  await world.share({ tag: null });
});
afterAll(() => world.close());

/** @param role taken on, as the way across does */
const send = (tenantId: string, text: string, role = 'none', purpose = PURPOSE) =>
  asRole(urlOfRole(world.url, 'app', TEST_SECRETS), async (client) => {
    await client.query(
      `SELECT set_config('app.tenant', $1, false), set_config('app.principal', 'user:x', false),
      set_config('app.sharing_purpose', '${purpose}', false), set_config('app.sharing_subjects', 'role:OWNER', false)`,
      [tenantId],
    );
    await client.query(`SELECT set_config('role', $1, false)`, [role]);
    return (await client.query(text)).rows as unknown[];
  });
const SHARING = 'polygraph_sharing';

it('SH-10 the role that serves requests sees no shared row, whatever purpose is set', async () => {
  const own = await send(world.b.id, 'SELECT tenant_id FROM memories');
  expect(own).toEqual([{ tenant_id: world.b.id }]);
  expect(await send(world.b.id, 'SELECT FROM sharing_rules')).toEqual([]);
  expect(await send(world.b.id, 'SELECT FROM memory_relationships')).toEqual([]);
});

it('SH-11 the role of the way across sees what is shared and nothing beside it, not even own memories', async () => {
  expect(await send(world.b.id, 'SELECT id FROM memories ORDER BY id', SHARING)).toEqual(
    Object.values(world.ids)
      .sort()
      .map((id) => ({ id })),
  );
  expect(await send(world.a.id, 'SELECT id FROM memories', SHARING)).toEqual([]);
  expect(await send(world.bystander.tenant.id, 'SELECT id FROM memories', SHARING)).toEqual([]);
  expect(
    await send(world.bystander.tenant.id, 'SELECT FROM sharing_rules UNION ALL SELECT FROM sharing_answers', SHARING),
  ).toEqual([]);
});

it('SH-11 it sees nothing for a purpose of which no rule is, although the tenant may use that', async () => {
  await world.grantee.run('mutation { allowSharedUse(purpose: "training", role: OWNER) { subject } }');
  for (const purpose of ['training', '']) {
    expect(await send(world.b.id, 'SELECT id FROM memories', SHARING, purpose)).toEqual([]);
  }
});

it.each([
  'SELECT embedding FROM memories',
  'SELECT words FROM memories',
  'SELECT document FROM memories',
  'SELECT name FROM tenants',
  'SELECT FROM contents',
  'SELECT FROM execution_contexts',
  `UPDATE memories SET relevance_score = 0`,
  'DELETE FROM memories',
  'DELETE FROM sharing_rules',
  `UPDATE sharing_rules SET expires_at = expires_at + interval '1 day'`,
  `INSERT INTO sharing_rules SELECT * FROM sharing_rules`,
])('SH-12 the role of the way across may not: %s', async (text) => {
  await expect(send(world.b.id, text, SHARING)).rejects.toThrow(/permission denied/);
});

it('SH-13 a rule is made within policy only: not on STRICT, not on what is another’s, not ended anew', async () => {
  const strict = await world.giver.context();
  const rule = (contextId: string, level: string, tenantId = world.a.id, generation = 1) => `INSERT INTO sharing_rules
    (tenant_id, giver_name, context_id, level, purpose, grantee_id, place_generation, expires_at)
    VALUES ('${tenantId}', 'x', '${contextId}', '${level}', 'p', '${world.bystander.tenant.id}', ${generation}, now() + interval '1 day')`;
  await expect(send(world.a.id, rule(strict, 'STRICT'))).rejects.toThrow(/violates check constraint/);
  await expect(send(world.a.id, rule(strict, 'SHARED'))).rejects.toThrow(/violates foreign key/);
  await expect(send(world.b.id, rule(world.contextId, 'SHARED'))).rejects.toThrow(/row-level security/);
  await expect(send(world.b.id, rule(world.contextId, 'SHARED', world.b.id))).rejects.toThrow(
    /violates foreign key|row-level security/,
  );
  await expect(send(world.a.id, rule(world.contextId, 'SHARED', world.a.id, 2))).rejects.toThrow(/row-level security/);
  await expect(send(world.a.id, 'UPDATE sharing_rules SET ended_at = NULL')).rejects.toThrow(/row-level security/);
  await expect(send(world.a.id, `UPDATE sharing_rules SET purpose = 'q'`)).rejects.toThrow(/permission denied/);
});

it('SH-14 a level cannot become STRICT under a rule in force, even where the trigger is not there', async () => {
  const raise = () =>
    world.superuser(`UPDATE execution_contexts SET isolation_level = 'STRICT' WHERE id = $1`, [world.contextId]);
  await world.superuser('ALTER TABLE execution_contexts DISABLE TRIGGER end_sharing');
  await expect(raise()).rejects.toThrow(/violates check constraint/);
  await world.superuser('ALTER TABLE execution_contexts ENABLE TRIGGER end_sharing');
  expect(await world.grantee.sharedIds()).toHaveLength(3);
});

it.each(['PREMIUM', 'ENTERPRISE'] as const)(
  'SH-15 a %s tenant is told that it cannot share, and its rows are in nobody’s reach',
  async (tier) => {
    const apart = await sharerOf(world, await world.tenant(`apart-${tier.toLowerCase()}`, tier));
    const contextId = await apart.context({ isolationLevel: 'SHARED' });
    const attempts = [
      () => offer(apart, { contextId, granteeId: world.b.id }),
      () => apart.sharedIds(),
      () => apart.run('{ sharingOffers { id } }'),
    ];
    for (const attempt of attempts) {
      await expect(attempt()).rejects.toMatchObject({ extensions: { code: 'NOT_SUPPORTED' } });
    }
    const to = await offer(world.giver, { contextId: world.contextId, granteeId: apart.tenant.id });
    await expect(
      apart.run('mutation ($id: ID!) { answerSharingOffer(id: $id, accept: true) { id } }', { id: to }),
    ).rejects.toMatchObject({ extensions: { code: 'NOT_SUPPORTED' } });
  },
);

it('SH-16 a giver that has moved shares nothing any more, while its former rows are still there', async () => {
  const move = (by: number) =>
    world.superuser('UPDATE placements SET generation = generation + $2 WHERE tenant_id = $1', [world.a.id, by]);
  await move(1);
  expect(await world.grantee.sharedIds()).toEqual([]);
  await move(-1);
  expect(await world.grantee.sharedIds()).toHaveLength(3);
});

it('SH-16 a move ends what is given and what is taken, also after the way back', async () => {
  const move = (tenantId: string, to: 'PREMIUM' | 'STANDARD') =>
    moveTenant({ url: world.url, secrets: TEST_SECRETS, tenantId, to, graceMs: 0 });
  expect(await world.grantee.sharedIds()).toHaveLength(3);
  await move(world.b.id, 'PREMIUM');
  await expect(world.grantee.sharedIds()).rejects.toMatchObject({ extensions: { code: 'NOT_SUPPORTED' } });
  await move(world.b.id, 'STANDARD');
  expect(await world.grantee.sharedIds()).toEqual([]);
  await world.share({ tag: null });
  expect(await world.grantee.sharedIds()).toHaveLength(3);
  await move(world.a.id, 'PREMIUM');
  expect(await world.grantee.sharedIds()).toEqual([]);
  await move(world.a.id, 'STANDARD');
  expect(await world.grantee.sharedIds()).toEqual([]);
  expect(await world.giver.run('{ sharingRules { nodes { state } } }')).toEqual({ nodes: [] });
});
