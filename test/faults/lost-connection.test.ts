import { expect, test } from 'vitest';
import { createPostgresPool } from '#stores/postgres/pool';
import { openPostgresWorld } from '#test/kit/postgres';

test('a connection that is lost between two statements fails the next one, and not the process', async () => {
  const { url, log, superuser, close } = await openPostgresWorld();
  const pool = createPostgresPool({ url, size: 1, timeoutMs: 5_000, applicationName: 'holder', log });
  const client = await pool.connect();
  const ended = new Promise<void>((resolve) => client.once('end', resolve));
  await superuser(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'holder'`);
  await ended;
  await expect(client.query('select 1')).rejects.toThrow();
  client.release(true);
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  await pool.end();
  await close();
});
