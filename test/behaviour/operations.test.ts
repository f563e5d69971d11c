import { randomUUID } from 'node:crypto';
import type { ExecutionResult } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '#platform/log';
import { withTally } from '#platform/tally';
import type { TenantStores } from '#stores/stores';
import { createOperationsSubgraph } from '#subgraphs/operations/index';
import type { SubgraphHost } from '#subgraphs/runtime/host';
import { createAssertionKeys } from '#tenancy/assertion/keys';
import { createAssertionSigner } from '#tenancy/assertion/sign';
import { createAssertionVerifier } from '#tenancy/assertion/verify';
import { dangerouslyMintTenantContext, type TenantContext } from '#tenancy/context';
import { type OutboxWorld, openOutboxWorld } from '#test/kit/outbox-world';
import { TEST_SECRETS } from '#test/kit/secrets';

const keys = createAssertionKeys(TEST_SECRETS);
const sign = createAssertionSigner(keys);
const checkedAt = new Date('2026-01-31T12:00:00Z');
let world: OutboxWorld;
let subgraph: SubgraphHost;
beforeAll(async () => {
  world = await openOutboxWorld();
  const { a, b } = world;
  const tenants = new Map([a, b].map(({ context, postgres }) => [context.tenantId, postgres]));
  subgraph = createOperationsSubgraph({
    verify: createAssertionVerifier(keys, 'operations'),
    // This subgraph reads PostgreSQL alone.
    openStores: ({ tenantId }) => ({ postgres: tenants.get(tenantId) }) as TenantStores,
    health: { current: () => [{ name: 'MONGO', state: 'DEGRADED', latencyMs: 812.5, checkedAt }] },
    log: createLogger({ level: 'silent' }),
  });
});
afterAll(() => world.close());

const ask = (tenant: TenantContext, query: string, variables = {}): Promise<ExecutionResult> => {
  const body = JSON.stringify({ query, variables });
  return subgraph.execute(body, sign(tenant, 'operations', body), 'test');
};
const ENTITIES = `query ($of: [_Any!]!) { _entities(representations: $of) {
  ... on Content { id freshness { target pending } } ... on Tenant { id freshness { target pending } } } }`;
const contents = (ids: readonly string[]) => ({ of: ids.map((id) => ({ __typename: 'Content', id })) });

describe('the operations subgraph', () => {
  it('reads the freshness of a hundred documents in one statement', async () => {
    const ids = Array.from({ length: 100 }, () => randomUUID());
    await world.a.save(ids[7] ?? '', 1);
    const { result, counts } = await withTally(() => ask(world.a.context, ENTITIES, contents(ids)));
    expect(result.errors).toBeUndefined();
    const entities = result.data?._entities as { id: string; freshness: { pending: number }[] }[];
    expect(entities.map(({ id }) => id)).toEqual(ids);
    expect(entities.map(({ freshness }) => freshness[1]?.pending)).toEqual(ids.map((_, n) => (n === 7 ? 1 : 0)));
    expect(counts.postgres).toBe(1);
  });

  it('answers for the caller’s tenant, and for another with null, as for one that does not exist', async () => {
    const tenants = [world.a.context.tenantId, world.b.context.tenantId, randomUUID()];
    const of = tenants.map((id) => ({ __typename: 'Tenant', id }));
    const result = await ask(world.a.context, ENTITIES, { of });
    expect(result.errors).toBeUndefined();
    expect(result.data?._entities).toMatchObject([{ id: tenants[0] }, null, null]);
  });

  it('tells nothing of a document of another tenant', async () => {
    const id = randomUUID();
    await world.b.save(id, 1);
    const [known, unknown] = [await ask(world.a.context, ENTITIES, contents([id])), randomUUID()];
    const answer = JSON.stringify(await ask(world.a.context, ENTITIES, contents([unknown])));
    expect(JSON.stringify(known).replace(id, unknown)).toBe(answer);
  });

  it('shows the stores to those who may see operations, and nobody else', async () => {
    const query = '{ stores { name state latencyMs checkedAt } freshness { target } }';
    const result = await ask(world.a.context, query);
    expect(JSON.parse(JSON.stringify(result.data?.stores))).toEqual([
      { name: 'MONGO', state: 'DEGRADED', latencyMs: 812.5, checkedAt: '2026-01-31T12:00:00.000Z' },
    ]);
    const viewer = dangerouslyMintTenantContext({ ...world.a.context, roles: ['VIEWER'], scopes: ['tenant:read'] });
    expect((await ask(viewer, query)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });

  it('serves nothing without an assertion', async () => {
    const result = await subgraph.execute(JSON.stringify({ query: '{ stores { name } }' }), undefined, 'test');
    expect(result).toMatchObject({ errors: [{ extensions: { code: 'ASSERTION_MISSING' } }] });
    expect(result.data).toBeUndefined();
  });
});
