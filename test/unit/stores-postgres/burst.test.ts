import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { expect, test } from 'vitest';
import { queryAsTenant } from '#stores/postgres/burst';
import { placementOf } from '#stores/postgres/placement';

/** What no real server does on demand: a pooler in between, or a server at fault, that answers for another tenant. */
function strangeServer({ confirm, commit = 'COMMIT' }: { confirm?: string; commit?: string }) {
  const released: unknown[] = [];
  const answer = (query: string | { text: string }) => {
    if (typeof query === 'string') return { command: query, rows: [] };
    const [, select] = query.text.split('; ');
    if (select === undefined) return { command: 'SELECT', rows: [['a row']] };
    const settings = [...select.matchAll(/set_config\('[^']*', '([^']*)', true\)/g)].map(
      ([, value]) => confirm ?? value,
    );
    return [
      { command: 'BEGIN', rows: [] },
      { command: 'SELECT', rows: [['', ...settings]] },
    ];
  };
  const client = {
    connection: { stream: { cork: () => undefined, uncork: () => undefined } },
    on: () => undefined,
    removeListener: () => undefined,
    query: async (query: Parameters<typeof answer>[0]) => (query === 'COMMIT' ? { command: commit } : answer(query)),
    release: (error?: unknown) => released.push(error),
  };
  return { pool: { connect: async () => client } as unknown as pg.Pool, released };
}

const placement = placementOf({ tenantId: randomUUID(), tier: 'STANDARD' });
const READ = { text: 'SELECT title FROM contents', rowMode: 'array' as const };

test('a row is handed out where the server confirms the tenant and commits', async () => {
  const { pool, released } = strangeServer({});
  expect((await queryAsTenant(pool, placement, READ)).rows).toEqual([['a row']]);
  expect(released).toEqual([undefined]);
});

test.each([
  ['confirms another tenant', { confirm: randomUUID() }, 'did not confirm the tenant'],
  ['confirms no tenant', { confirm: '' }, 'did not confirm the tenant'],
  ['rolls back', { commit: 'ROLLBACK' }, 'did not commit'],
])('no row is handed out of a server that %s, and its connection is closed', async (_, strange, message) => {
  const { pool, released } = strangeServer(strange);
  await expect(queryAsTenant(pool, placement, READ)).rejects.toThrow(message);
  expect(released).toEqual([expect.any(Error)]);
});
