import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listDeadLetters, replayDeadLetters } from '#stores/postgres/outbox/dead-letters';
import { urlOfRole } from '#stores/postgres/roles';
import { type OutboxTenant, type OutboxWorld, openOutboxWorld, recordingProjection } from '#test/kit/outbox-world';
import { asRole } from '#test/kit/postgres';
import { TEST_SECRETS } from '#test/kit/secrets';

let world: OutboxWorld;
beforeAll(async () => {
  world = await openOutboxWorld();
});
afterAll(() => world.close());

/** Gives up the first change of a document; a second one waits behind it. */
async function bury(tenant: OutboxTenant): Promise<string> {
  const id = randomUUID();
  await tenant.save(id, 1);
  await tenant.save(id, 2);
  const graph = recordingProjection('GRAPH', () => {
    throw new Error('refused');
  });
  const others = [recordingProjection('DOCUMENTS'), recordingProjection('SEARCH')];
  await world.relay([graph, ...others], { maxAttempts: 1 }).drain();
  return id;
}
const FROM_START = { after: undefined, limit: 10 };

describe('dead letters', () => {
  it('say what was given up and what waits behind it, and are delivered in order when they are replayed', async () => {
    const id = await bury(world.a);
    const [letter, ...others] = await listDeadLetters(world.a.postgres, FROM_START);
    expect(others).toEqual([]);
    expect(letter).toMatchObject({ target: 'GRAPH', contentId: id, code: 'INTERNAL', attempts: 1, waitingBehind: 1 });
    expect(await replayDeadLetters(world.a.postgres, { contentId: randomUUID() })).toBe(0);
    expect(await replayDeadLetters(world.a.postgres, { contentId: id, target: 'GRAPH' })).toBe(1);
    const graph = recordingProjection('GRAPH');
    await world.relay([graph]).drain();
    expect(graph.applied).toEqual([`${id} 1`, `${id} 2`]);
    expect(await listDeadLetters(world.a.postgres, FROM_START)).toEqual([]);
  });

  it('are neither seen nor replayed by another tenant', async () => {
    const id = await bury(world.a);
    expect(await listDeadLetters(world.b.postgres, FROM_START)).toEqual([]);
    expect(await replayDeadLetters(world.b.postgres, { contentId: id })).toBe(0);
    expect(await replayDeadLetters(world.b.postgres)).toBe(0);
    expect(await listDeadLetters(world.a.postgres, FROM_START)).toHaveLength(1);
    expect(await replayDeadLetters(world.a.postgres)).toBe(1);
    await world.relay([recordingProjection('GRAPH')]).drain();
  });

  it('are all that a request may move: it can neither mark a delivery as done nor bury one', async () => {
    await bury(world.a);
    const { tenantId } = world.a.context;
    await asRole(urlOfRole(world.url, 'app', TEST_SECRETS), async (client) => {
      await client.query(`select set_config('app.tenant', $1, false)`, [tenantId]);
      const changed = async (set: string, state: string) =>
        (await client.query(`update outbox_deliveries set ${set} where state = '${state}'`)).rowCount;
      expect(await changed(`state = 'dead', attempts = 0`, 'pending')).toBe(0);
      expect(await changed(`state = 'pending', attempts = 0`, 'done')).toBe(0);
      await expect(changed(`state = 'done', attempts = 0`, 'dead')).rejects.toThrow('row-level security');
      await expect(changed(`entity_id = tenant_id`, 'dead')).rejects.toThrow('permission denied');
    });
  });
});
