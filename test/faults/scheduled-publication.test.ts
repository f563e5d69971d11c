import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schedulePublication, unschedulePublication } from '#subgraphs/relational/contents/schedule';
import { createContentWriter } from '#subgraphs/relational/contents/write';
import { NO_STORES, type OutboxTenant, type OutboxWorld, openOutboxWorld } from '#test/kit/outbox-world';

let world: OutboxWorld;
beforeAll(async () => {
  world = await openOutboxWorld();
});
afterAll(() => world.close());

const soon = (ms = 200): Date => new Date(Date.now() + ms);
const schedule = ({ postgres, context }: OutboxTenant, id: string, at: Date) =>
  schedulePublication(postgres, context, { id, at });
/** A draft that is due by now. */
const due = async (tenant: OutboxTenant): Promise<string> => {
  const id = await draft(tenant);
  await schedule(tenant, id, soon());
  await sleep(250);
  return id;
};
const draft = async (tenant: OutboxTenant): Promise<string> => {
  const id = randomUUID();
  await tenant.save(id, 1);
  return id;
};
const stateOf = async (id: string) => {
  const [row] = await world.superuser<{ status: string; revision: number; schedules: number; published: number }>(
    `select status::text, revision, (select count(*)::int from scheduled_publications where content_id = c.id) as schedules,
       (select count(*)::int from outbox where entity_id = c.id and payload ->> 'status' = 'PUBLISHED') as published
     from contents c where id = $1`,
    [id],
  );
  return row;
};
const PUBLISHED = { status: 'PUBLISHED', revision: 3, schedules: 0, published: 1 };
/** Looks for what is due, in a process of its own. @returns the signal that ended it */
const sweep = async (killAt = ''): Promise<string | null> => {
  const victim = spawn(process.execPath, ['--import', 'tsx', 'test/kit/publication-victim.ts'], {
    env: { ...process.env, DATABASE_URL: world.url, KILL_AT: killAt },
    stdio: 'inherit',
  });
  const [, signal] = (await once(victim, 'exit')) as [number | null, string | null];
  return signal;
};

describe('a scheduled document', () => {
  it('is published by the relay when its moment comes, by whoever scheduled it', async () => {
    const id = await draft(world.a);
    const at = soon(300);
    await schedule(world.a, id, at);
    expect(await stateOf(id)).toEqual({ status: 'SCHEDULED', revision: 2, schedules: 1, published: 0 });
    const relay = world.relay([], { openStores: (context) => ({ ...NO_STORES, postgres: world.open(context) }) });
    relay.start();
    await expect.poll(() => stateOf(id)).toEqual(PUBLISHED);
    await relay.stop();
    const [row] = await world.superuser<{ at: Date }>('select published_at as at from contents where id = $1', [id]);
    expect(row?.at).toEqual(at);
    const [audit] = await world.superuser(
      `select principal_kind, principal_id from audit_log where action = 'content.publish' and entity_id = $1`,
      [id],
    );
    expect(audit).toEqual({ principal_kind: 'user', principal_id: world.a.context.principal.id });
  });

  it.each(['inside 1', 'after 1'])('is published once where the process that does it is killed %s', async (at) => {
    const id = await due(world.a);
    expect(await sweep(at)).toBe('SIGKILL');
    await sweep();
    expect(await stateOf(id)).toEqual(PUBLISHED);
  });

  it('is published once by three processes at the same moment', async () => {
    const ids = [await due(world.a), await due(world.b)];
    await Promise.all([sweep(), sweep(), sweep()]);
    expect(await Promise.all(ids.map(stateOf))).toEqual([PUBLISHED, PUBLISHED]);
  });

  it('is a draft again where whoever scheduled it may not publish any more', async () => {
    const id = await due(world.b);
    await world.superuser(`update memberships set role = 'VIEWER' where user_id = $1`, [world.b.context.principal.id]);
    await sweep();
    expect(await stateOf(id)).toMatchObject({ status: 'DRAFT', schedules: 0, published: 0 });
    await world.superuser(`update memberships set role = 'OWNER' where user_id = $1`, [world.b.context.principal.id]);
  });

  it.each(['published by hand', 'deleted', 'made a draft again'])(
    'is not published later where it was %s',
    async (how) => {
      const { postgres, context } = world.a;
      const id = await draft(world.a);
      await schedule(world.a, id, soon());
      const writer = createContentWriter(postgres, context);
      if (how === 'deleted') await writer.delete(id);
      else if (how === 'published by hand') await writer.publish(id);
      else await unschedulePublication(postgres, context, id);
      await sleep(250);
      const before = await stateOf(id);
      await sweep();
      expect(await stateOf(id)).toEqual(before);
      expect(before).toMatchObject({ schedules: 0, status: how === 'published by hand' ? 'PUBLISHED' : 'DRAFT' });
    },
  );

  it('is refused where its moment has passed or is too far, and where the document is another tenant’s or published', async () => {
    const id = await draft(world.a);
    await expect(schedule(world.a, id, soon(-1))).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    await expect(schedule(world.a, id, soon(400 * 86_400_000))).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    const theirs = await schedule(world.b, id, soon()).catch((error: Error) => error.message);
    expect(await schedule(world.b, randomUUID(), soon()).catch((error: Error) => error.message)).toBe(theirs);
    await createContentWriter(world.a.postgres, world.a.context).publish(id);
    await expect(schedule(world.a, id, soon())).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await stateOf(id)).toMatchObject({ status: 'PUBLISHED', schedules: 0 });
  });
});
