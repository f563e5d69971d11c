import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgresWorld, type PostgresTenant, type PostgresWorld } from '#test/kit/postgres';
import { createRelationalClient } from '#test/kit/relational';

let world: PostgresWorld;
beforeAll(async () => {
  // Two hundred at once stand in line for a few connections.
  world = await openPostgresWorld({ timeoutMs: 30_000, poolSize: 8 });
});
afterAll(() => world.close());

const CREATE = 'mutation ($input: CreateContentInput!) { createContent(input: $input) { content { id } } }';
const REMOVE = 'mutation ($id: ID!) { deleteContent(id: $id) { content { id } } }';
const USAGE = '{ tenant { limits { maxContents maxUsers } usage { users contents storageBytes } } }';

describe.each(['STANDARD', 'PREMIUM', 'ENTERPRISE'] as const)('the limits of a %s tenant', (tier) => {
  let tenant: PostgresTenant;
  const ask = (query: string, variables = {}) => createRelationalClient(world, tenant).ask(query, variables);
  const create = (body = 'Body', title = randomUUID()) => ask(CREATE, { input: { title, body } });
  const limit = (limits: Partial<typeof PLENTY>) =>
    world.system.upsertTenant({
      ...{ id: tenant.id, slug: tenant.slug, name: tenant.slug, tier },
      limits: { ...PLENTY, ...limits },
    });
  beforeAll(async () => {
    tenant = await world.tenant(`limited-${tier.toLowerCase()}`, tier);
  });

  it('QT-01 let in exactly as many documents as there is room for, of two hundred at once', async () => {
    await limit({ maxContents: 50 });
    const answers = await Promise.all(Array.from({ length: 200 }, () => create()));
    const codes = answers.map(({ errors }) => errors?.[0]?.extensions.code ?? 'made');
    expect(codes.filter((code) => code === 'made')).toHaveLength(50);
    expect(codes.filter((code) => code === 'QUOTA_EXCEEDED')).toHaveLength(150);
    expect((await ask(USAGE)).data.tenant.usage).toMatchObject({ contents: 50, storageBytes: 200 });
  }, 60_000);

  it('say what may be held and what is held', async () => {
    const { errors } = await create();
    expect(errors?.[0]).toMatchObject({
      message: 'The tenant may hold 50 documents and holds 50.',
      extensions: { code: 'QUOTA_EXCEEDED', resource: 'contents', limit: 50, used: 50 },
    });
  });

  it('give room again for what is deleted, and ask for it when that is restored', async () => {
    const [row] = await tenant.handle.sql<{ id: string }>`SELECT id FROM contents WHERE deleted_at IS NULL LIMIT 1`;
    const id = row?.id;
    await ask(REMOVE, { id });
    expect((await create()).errors).toBeUndefined();
    const { errors } = await ask('mutation ($id: ID!) { restoreContent(id: $id) { content { id } } }', { id });
    expect(errors?.[0]?.extensions.code).toBe('QUOTA_EXCEEDED');
  });

  it('count members', async () => {
    await limit({ maxUsers: 1 });
    const userId = randomUUID();
    await world.system.upsertUser({ id: userId, email: `${userId}@x.example`, name: 'One too many' });
    await expect(world.system.upsertMembership({ tenantId: tenant.id, userId, role: 'VIEWER' })).rejects.toThrow(
      /limit/,
    );
    expect((await ask(USAGE)).data.tenant).toMatchObject({ limits: { maxUsers: 1 }, usage: { users: 1 } });
  });

  it('count every version of every body', async () => {
    await limit({ maxStorageGb: 0 });
    const { errors } = await ask(
      'mutation ($id: ID!) { updateContent(id: $id, input: { body: "More" }) { content { id } } }',
      {
        id: (await tenant.handle.sql<{ id: string }>`SELECT id FROM contents WHERE deleted_at IS NULL LIMIT 1`)[0]?.id,
      },
    );
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'QUOTA_EXCEEDED', resource: 'storageBytes', limit: 0 });
  });
});

const PLENTY = { maxUsers: 100, maxContents: 1_000, maxStorageGb: 1 };
