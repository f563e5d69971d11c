import { afterAll, beforeAll, expect, test } from 'vitest';
import { ownPlaceOf } from '#stores/postgres/placement';
import { openPostgresWorld, type PostgresWorld } from '#test/kit/postgres';

let world: PostgresWorld;
beforeAll(async () => {
  world = await openPostgresWorld();
});
afterAll(() => world.close());

const WHERE = ['SELECT current_user AS role, current_schema AS schema, current_database() AS database'];
const where = Object.assign(WHERE, { raw: WHERE });
type Row = Readonly<Record<'role' | 'schema' | 'database', string>>;

test.each(['PREMIUM', 'ENTERPRISE'] as const)(
  'TI-01 reads and transactions of two %s tenants run in turns, each in its own place',
  async (tier) => {
    const tenants = [
      await world.tenant(`one-${tier.toLowerCase()}`, tier),
      await world.tenant(`other-${tier.toLowerCase()}`, tier),
    ];
    for (const { handle, context } of [...tenants, ...tenants]) {
      const name = ownPlaceOf(context)?.name;
      const own = tier === 'PREMIUM' ? { role: name, schema: name } : { role: name, database: name };
      expect((await handle.sql<Row>(where))[0]).toMatchObject(own);
      expect(await handle.transaction((tx) => tx.$queryRaw<Row[]>(where))).toMatchObject([own]);
    }
    for (const { handle } of tenants) await handle.prisma.content.count();
  },
);
