import { beforeAll, expect, it } from 'vitest';
import { useWorld, type World } from '#test/kit/world';

let world: World;
beforeAll(() => {
  world = useWorld();
});

const MEASURES = [
  ...['totalConnections', 'activeConnections', 'idleConnections', 'waiting'],
  ...['avgResponseTimeMs', 'p95ResponseTimeMs', 'connectionAcquisitionTimeMs'],
  ...['healthScore', 'querySuccessRate', 'recentFailures', 'saturationLevel', 'poolEfficiency'],
];

it('/metrics tells of each database server and its pool, and of no tenant', async () => {
  const [tenant] = world.demo.tenants;
  await world.as(tenant?.slug ?? '').query('{ contents { totalCount } }');
  const text = await (await fetch(`${world.url}/metrics`)).text();
  const ofPools = [...text.matchAll(/^polygraph_postgres_pool\{connection="main",measure="(\w+)"\} (\S+)$/gm)];
  const pool = new Map(ofPools.map(([, measure = '', value]) => [measure, Number(value)]));
  expect([...pool.keys()].sort()).toEqual([...MEASURES].sort());
  expect(pool.get('totalConnections')).toBeGreaterThan(0);
  expect(pool.get('querySuccessRate')).toBeGreaterThan(0.5);
  expect(text).toMatch(/^polygraph_postgres_server_primary\{connection="main"\} 1$/m);
  expect(text).toMatch(/^polygraph_postgres_server_health\{connection="main",state="\w+"\} 1$/m);
  expect(text).toMatch(/^polygraph_postgres_dedicated_connections \d+$/m);
  for (const { id, slug } of world.demo.tenants)
    expect([text.includes(id), text.includes(`"${slug}"`)]).toEqual([false, false]);
});
