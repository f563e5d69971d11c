import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appendOutbox } from '#stores/postgres/outbox';
import { urlOfRole } from '#stores/postgres/roles';
import { type OutboxWorld, openOutboxWorld, saved } from '#test/kit/outbox-world';
import { TEST_SECRETS } from '#test/kit/secrets';

let world: OutboxWorld;
let relayRole: pg.Pool;
const [ofA, ofB] = [randomUUID(), randomUUID()];
beforeAll(async () => {
  world = await openOutboxWorld();
  relayRole = new pg.Pool({ connectionString: urlOfRole(world.url, 'relay', TEST_SECRETS), max: 1 });
  await world.a.save(ofA, 1);
  await world.b.save(ofB, 1);
});
afterAll(async () => {
  await relayRole.end();
  await world.close();
});

describe('the outbox of another tenant', () => {
  it('is invisible', async () => {
    const events = await world.a.postgres.sql<{ id: string }>`select entity_id::text as id from outbox`;
    const deliveries = await world.a.postgres.sql<{
      id: string;
    }>`select distinct entity_id::text as id from outbox_deliveries`;
    expect([events, deliveries]).toEqual([[{ id: ofA }], [{ id: ofA }]]);
  });

  it('takes nothing that names its tenant: the column cannot be given', async () => {
    const forged = world.a.postgres.transaction(
      (tx) => tx.$queryRaw`
        insert into outbox (tenant_id, entity, entity_id, kind, version, payload)
        values (${world.b.context.tenantId}::uuid, 'Content', ${ofB}::uuid, 'content.deleted', 1, '{}')`,
    );
    await expect(forged).rejects.toThrow();
    expect(await world.superuser('select count(*)::int as n from outbox')).toEqual([{ n: 2 }]);
  });

  it('gets no event of an entity that only it has: what A appends is A’s', async () => {
    const { id } = await world.a.postgres.transaction((tx) => appendOutbox(tx, saved(ofB, 9)));
    const [row] = await world.superuser<{ tenant_id: string }>('select tenant_id from outbox where id = $1', [id]);
    expect(row?.tenant_id).toBe(world.a.context.tenantId);
    await world.superuser('delete from outbox where id = $1', [id]);
  });

  it.each([
    `update outbox_deliveries set target = 'GRAPH'`,
    `update outbox set payload = '{}'`,
    'delete from outbox_deliveries',
    'delete from outbox',
    `insert into outbox_deliveries (position, target, entity_id, state) values (1, 'GRAPH', gen_random_uuid(), 'done')`,
  ])('is not a request’s to change, and neither is its own: %s', async (statement) => {
    await asRequestOfB(async (role) => {
      await expect(role.query(statement)).rejects.toMatchObject({ code: '42501' });
    });
  });

  it('is a request’s to revive where it is its own and dead, and in no other way to change', async () => {
    const of = `tenant_id = '${world.b.context.tenantId}'`;
    await asRequestOfB(async (role) => {
      const waiting = await role.query(`update outbox_deliveries set state = 'pending', attempts = 0`);
      expect(waiting.rowCount).toBe(0);
      await world.superuser(`update outbox_deliveries set state = 'dead'`);
      const done = role.query(`update outbox_deliveries set state = 'done'`);
      await expect(done).rejects.toMatchObject({ code: '42501' });
      const revived = await role.query(`update outbox_deliveries set state = 'pending', attempts = 0`);
      expect([{ n: revived.rowCount }]).toEqual(
        await world.superuser(`select count(*)::int as n from outbox_deliveries where ${of}`),
      );
    });
    await world.superuser(`update outbox_deliveries set state = 'pending'`);
  });
});

describe('the relay’s role', () => {
  it.each([
    'select id from contents',
    'select name from tenants',
    'select email from users',
    'update outbox set payload = null',
    'update outbox_deliveries set tenant_id = gen_random_uuid()',
    'delete from outbox_deliveries',
    `insert into outbox (entity, entity_id, kind, version, payload) values ('Content', gen_random_uuid(), 'x', 1, '{}')`,
    'delete from content_search',
  ])('may not: %s', async (statement) => {
    await expect(relayRole.query(statement)).rejects.toMatchObject({ code: '42501' });
  });

  it('deletes no event that a projection still waits for, and sees no full text without a tenant', async () => {
    expect((await relayRole.query('delete from outbox')).rowCount).toBe(0);
    await world.superuser(
      `insert into content_search (tenant_id, content_id, revision, title) values ($1, $2, 1, 'secret')`,
      [world.b.context.tenantId, ofB],
    );
    expect((await relayRole.query('select title from content_search')).rows).toEqual([]);
  });
});

/** PostgreSQL as requests reach it, with the setting of tenant B. */
async function asRequestOfB(work: (role: pg.Client) => Promise<void>): Promise<void> {
  const role = new pg.Client({ connectionString: urlOfRole(world.url, 'app', TEST_SECRETS) });
  await role.connect();
  try {
    await role.query(`select set_config('app.tenant', $1, false)`, [world.b.context.tenantId]);
    await work(role);
  } finally {
    await role.end();
  }
}
