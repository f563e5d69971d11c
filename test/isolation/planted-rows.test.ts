import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPostgresWorld, type PostgresWorld } from '#test/kit/postgres';

let world: PostgresWorld;
beforeAll(async () => {
  world = await openPostgresWorld();
});
afterAll(() => world.close());

test('PG-04 a row for another tenant is refused where nothing of it is asked back either', async () => {
  const { a, b } = world;
  const id = randomUUID();
  const planting = a.handle.transaction(
    (tx) =>
      tx.$queryRaw`INSERT INTO contents (tenant_id, id, slug, title) VALUES (${b.id}::uuid, ${id}::uuid, 'planted', 'Planted')`,
  );
  await expect(planting).rejects.toThrow(/row-level security/);
  expect(await world.superuser('SELECT FROM contents WHERE id = $1', [id])).toEqual([]);
});
