import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { populate } from '#test/kit/population';
import { createTenant, type TestTenant } from '#test/kit/tenants';
import { type Reply, send } from '#test/kit/wire';
import { useWorld } from '#test/kit/world';

describe('POST /events', () => {
  const world = useWorld();
  let tenant: TestTenant;
  let contentId: string;
  beforeAll(async () => {
    tenant = await createTenant(world);
    const { contentIds } = await populate(tenant, 2);
    contentId = contentIds[1] ?? '';
  });

  const NDJSON = { 'content-type': 'application/x-ndjson' };
  const post = (lines: readonly unknown[], credentials: Readonly<Record<string, string>> = tenant.credentials.OWNER) =>
    send(`${world.url}/events`, {
      headers: { ...credentials, ...NDJSON },
      body: lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
    });
  const read = ({ text }: Reply) =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  const view = (facts: object = {}) => ({ kind: 'VIEW', idempotencyKey: randomUUID(), ...facts });
  const eventCount = async (who: TestTenant) => {
    const { data } = await who.as('OWNER').query('{ tenant { eventCount } }');
    return (data?.tenant as { eventCount: number } | undefined)?.eventCount ?? 0;
  };

  test('records lines, each once, and tells what is wrong with the others by their number', async () => {
    const before = await eventCount(tenant);
    const twice = view({ contentId, value: 12.5, properties: { from: 'a line' } });
    const reply = await post([
      ...[twice, view({ contentId: randomUUID() }), '{"kind":', view({ kind: 'STARE' }), twice],
      ...[view({ at: 'yesterday' }), view({ tenantId: tenant.id }), view({ idempotencyKey: 'short' })],
      ...[view({ properties: { nul: '\0' } }), '', view()],
    ]);
    expect(reply.status).toBe(200);
    expect(reply.headers['content-type']).toContain('application/x-ndjson');
    const lines = read(reply);
    expect(lines.map(({ line, code }) => [line, code])).toEqual([
      [2, 'NOT_FOUND'],
      [3, 'BAD_USER_INPUT'],
      [4, 'BAD_USER_INPUT'],
      [6, 'BAD_USER_INPUT'],
      [7, 'BAD_USER_INPUT'],
      [8, 'BAD_USER_INPUT'],
      [9, 'BAD_USER_INPUT'],
      [undefined, undefined],
    ]);
    expect(lines.at(-1)).toEqual({ summary: { lines: 10, recorded: 2, repeated: 1, failed: 7, complete: true } });
    expect(String(lines[2]?.message)).toContain('STARE');
    expect(await eventCount(tenant)).toBe(before + 2);
  });

  test('takes hundreds of lines, and all of them again without counting them twice', async () => {
    const lines = Array.from({ length: 600 }, () => view({ contentId, kind: 'SHARE' }));
    const [first] = read(await post(lines));
    expect(first).toEqual({ summary: { lines: 600, recorded: 600, repeated: 0, failed: 0, complete: true } });
    expect(read(await post(lines))[0]).toMatchObject({ summary: { recorded: 0, repeated: 600 } });
    const { data } = await tenant
      .as('OWNER')
      .query(
        'query ($id: ID!) { content(id: $id) { performance(days: 2) { shares } hourlyPerformance(hours: 2) { shares } } }',
        {
          id: contentId,
        },
      );
    for (const rows of Object.values((data?.content ?? {}) as Record<string, { shares: number }[]>)) {
      expect(rows.reduce((sum, { shares }) => sum + shares, 0)).toBe(600);
    }
  });

  test('ends at its limit of lines with the status of that, and keeps what was recorded', async () => {
    const reply = await post(Array.from({ length: 10_001 }, () => 'null'));
    expect(reply.status).toBe(400);
    expect(read(reply).at(-2)).toMatchObject({ line: 10_001, code: 'LIMIT_EXCEEDED' });
    expect(read(reply).at(-1)).toMatchObject({ summary: { failed: 10_001, complete: false } });
  });

  test.each([
    ['a stranger', 401, () => ({}), NDJSON],
    ['a viewer', 403, () => tenant.credentials.VIEWER, NDJSON],
    ['another type', 400, () => tenant.credentials.OWNER, { 'content-type': 'application/json' }],
    ['compression', 501, () => tenant.credentials.OWNER, { ...NDJSON, 'content-encoding': 'gzip' }],
  ])('refuses %s with %i before it reads a line', async (_, status, credentials, headers) => {
    const body = JSON.stringify(view());
    const reply = await send(`${world.url}/events`, { headers: { ...credentials(), ...headers }, body });
    expect(reply.status).toBe(status);
    expect(reply.body?.errors?.[0]?.extensions).toHaveProperty('cure');
  });

  test('MG-12 is of the tenant of its credentials, whatever of another tenant a line names', async () => {
    const other = await createTenant(world);
    const before = await eventCount(tenant);
    const key = `${tenant.canary}-${contentId}`;
    const lines = [view({ contentId }), view({ contentId: randomUUID() }), { kind: 'SEARCH', idempotencyKey: key }];
    const [theirs, nobodys, last] = read(await post(lines, other.credentials.API_KEY));
    expect({ ...theirs, line: 0 }).toEqual({ ...nobodys, line: 0 });
    expect(last).toMatchObject({ summary: { recorded: 1, repeated: 0, failed: 2 } });
    expect([await eventCount(tenant), await eventCount(other)]).toEqual([before, 1]);
  });
});
