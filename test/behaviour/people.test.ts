import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyApiKey } from '#gateway/identity/api-key';
import { dangerouslyMintTenantContext } from '#tenancy/context';
import type { Role } from '#tenancy/roles';
import type { Tier } from '#tenancy/tiers';
import { contextOf, openPostgresWorld, type PostgresTenant, type PostgresWorld } from '#test/kit/postgres';
import { createRelationalClient, type RelationalClient } from '#test/kit/relational';

let world: PostgresWorld;
beforeAll(async () => {
  world = await openPostgresWorld();
});
afterAll(() => world.close());

interface Staffed extends PostgresTenant {
  readonly tier: Tier;
  as(userId: string, role?: Role): RelationalClient;
  readonly owner: RelationalClient;
  join(role: Role): Promise<string>;
}

let made = 0;
async function staffed(tier: Tier = 'STANDARD'): Promise<Staffed> {
  made += 1;
  const tenant = await world.tenant(`staffed-${made}`, tier);
  const as = (userId: string, role: Role = 'ADMIN') =>
    createRelationalClient(world, { ...tenant, context: contextOf(tenant.id, userId, role, tier) });
  return {
    ...tenant,
    ...{ tier, as, owner: as(tenant.userId, 'OWNER') },
    async join(role) {
      const userId = randomUUID();
      await world.system.upsertUser({ id: userId, email: `${userId}@x.example`, name: 'Somebody' });
      await world.system.upsertMembership({ tenantId: tenant.id, userId, role });
      return userId;
    },
  };
}

const DEFINE = 'mutation ($name: String!, $scopes: [String!]!) { defineRole(name: $name, scopes: $scopes) { done } }';
const CHANGE = `mutation ($userId: ID!, $role: MemberRole!, $customRole: String) {
  changeMemberRole(userId: $userId, role: $role, customRole: $customRole) { done approval { id action state requestedBy { id } } } }`;
const DECIDE = `mutation ($id: ID!, $approve: Boolean!) {
  decideApproval(id: $id, approve: $approve) { done approval { state decidedBy { id } } } }`;
const KEY = 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { id key done approval { id } } }';
const KEYS = '{ apiKeys { id name prefix scopes expiresAt revokedAt } }';
const codeOf = ({ errors }: { errors: readonly { extensions: Record<string, unknown> }[] | undefined }) =>
  errors?.[0]?.extensions.code;

describe('roles', () => {
  it('of a tenant’s own grant what they name and nothing else', async () => {
    const { id, owner, join } = await staffed();
    const userId = await join('EDITOR');
    expect((await owner.ask(DEFINE, { name: 'reader', scopes: ['content:read'] })).data.defineRole.done).toBe(true);
    await owner.ask(CHANGE, { userId, role: 'VIEWER', customRole: 'reader' });
    expect(await world.directory.membership(id, userId)).toEqual({ userId, role: 'VIEWER', scopes: ['content:read'] });
  });

  it('never hold a scope that who makes them does not', async () => {
    const { id, context } = await staffed();
    const scopes = ['tenant:admin', 'content:read'] as const;
    const limited = dangerouslyMintTenantContext({ ...context, scopes });
    const client = createRelationalClient(world, { ...(await staffed()), context: limited });
    const answer = await client.ask(DEFINE, { name: 'more', scopes: ['content:read', 'audit:read'] });
    expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', missingScopes: ['audit:read'] });
    expect(codeOf(await client.ask(DEFINE, { name: 'platform', scopes: ['platform:read'] }))).toBe('BAD_USER_INPUT');
    expect(await world.superuser('SELECT FROM roles WHERE tenant_id = $1', [id])).toEqual([]);
  });

  it('stay while somebody has them', async () => {
    const { owner, join } = await staffed();
    const userId = await join('VIEWER');
    await owner.ask(DEFINE, { name: 'kept', scopes: ['content:read'] });
    await owner.ask(CHANGE, { userId, role: 'VIEWER', customRole: 'kept' });
    const remove = 'mutation { deleteRole(name: "kept") { done } }';
    expect(codeOf(await owner.ask(remove))).toBe('CONFLICT');
    await owner.ask(CHANGE, { userId, role: 'VIEWER' });
    expect((await owner.ask(remove)).data.deleteRole.done).toBe(true);
  });
});

describe.each(['STANDARD', 'PREMIUM', 'ENTERPRISE'] as const)('in a %s tenant', (tier) => {
  it('a new administrator takes two', async () => {
    const { id, owner, as, join } = await staffed(tier);
    const [second, third] = [await join('ADMIN'), await join('VIEWER')];
    const asked = await owner.ask(CHANGE, { userId: third, role: 'ADMIN' });
    expect(asked.data.changeMemberRole).toMatchObject({
      done: false,
      approval: { action: 'member.role', state: 'PENDING' },
    });
    const approval = asked.data.changeMemberRole.approval?.id;
    expect(codeOf(await owner.ask(DECIDE, { id: approval, approve: true }))).toBe('FORBIDDEN');
    expect(await world.directory.membership(id, third)).toMatchObject({ role: 'VIEWER' });

    const decided = await as(second).ask(DECIDE, { id: approval, approve: true });
    expect(decided.data.decideApproval).toMatchObject({
      done: true,
      approval: { state: 'APPROVED', decidedBy: { id: second } },
    });
    expect(await world.directory.membership(id, third)).toMatchObject({ role: 'ADMIN' });
    expect((await owner.ask('query ($id: ID!) { user(id: $id) { role } }', { id: third })).data.user?.role).toBe(
      'ADMIN',
    );
    expect(codeOf(await as(second).ask(DECIDE, { id: approval, approve: false }))).toBe('CONFLICT');
  });

  it('what is declined is not done', async () => {
    const { id, owner, as, join } = await staffed(tier);
    const [second, third] = [await join('ADMIN'), await join('VIEWER')];
    const asked = await owner.ask(CHANGE, { userId: third, role: 'OWNER' });
    await as(second).ask(DECIDE, { id: asked.data.changeMemberRole.approval?.id, approve: false });
    expect(await world.directory.membership(id, third)).toMatchObject({ role: 'VIEWER' });
  });

  it('a member who is removed is none any more', async () => {
    const { id, owner, join } = await staffed(tier);
    const userId = await join('EDITOR');
    await owner.ask('mutation ($id: ID!) { removeMember(userId: $id) { done } }', { id: userId });
    expect(await world.directory.membership(id, userId)).toBeUndefined();
    expect((await owner.ask('query ($id: ID!) { user(id: $id) { id } }', { id: userId })).data.user).toBeNull();
  });

  it('keys are made, shown once, rotated with overlap and revoked', async () => {
    const { id: tenantId, owner } = await staffed(tier);
    const { data } = await owner.ask(KEY, { input: { name: 'ci', scopes: ['content:read'] } });
    const first = data.createApiKey;
    expect(await verifyApiKey(first.key, world.directory, Date.now())).toMatchObject({
      tenantId,
      scopes: ['content:read'],
    });
    const rotate = 'mutation ($id: ID!) { rotateApiKey(id: $id, overlapSeconds: 60) { id key } }';
    const next = (await owner.ask(rotate, { id: first.id })).data.rotateApiKey;
    for (const { key } of [first, next]) await verifyApiKey(key, world.directory, Date.now());
    await expect(verifyApiKey(first.key, world.directory, Date.now() + 61_000)).rejects.toThrow(/expired/);
    await owner.ask('mutation ($id: ID!) { revokeApiKey(id: $id) { done } }', { id: next.id });
    await expect(verifyApiKey(next.key, world.directory, Date.now())).rejects.toThrow(/revoked/);
    const listed = JSON.stringify((await owner.ask(KEYS)).data.apiKeys);
    for (const { key } of [first, next]) expect(listed).not.toContain(key.slice(-43));
  });
});

describe('administrators', () => {
  it('are not asked for twice where there is one', async () => {
    const { id, owner, join } = await staffed();
    const userId = await join('VIEWER');
    expect((await owner.ask(CHANGE, { userId, role: 'ADMIN' })).data.changeMemberRole.done).toBe(true);
    expect(await world.directory.membership(id, userId)).toMatchObject({ role: 'ADMIN' });
  });

  it('cannot all be taken away', async () => {
    const { owner, userId } = await staffed();
    expect((await owner.ask(CHANGE, { userId, role: 'VIEWER' })).errors?.[0]?.message).toMatch(/last administrator/);
  });

  it('are not made by a key, which is no person', async () => {
    const { context, join, ...tenant } = await staffed();
    const userId = await join('VIEWER');
    const key = dangerouslyMintTenantContext({ ...context, principal: { kind: 'apiKey', id: randomUUID() } });
    const client = createRelationalClient(world, { ...tenant, context: key });
    expect(codeOf(await client.ask(CHANGE, { userId, role: 'ADMIN' }))).toBe('FORBIDDEN');
    expect(codeOf(await client.ask(KEY, { input: { name: 'x', scopes: ['tenant:admin'] } }))).toBe('FORBIDDEN');
  });

  it('of one tenant see nothing of another’s people', async () => {
    const [one, other] = [await staffed(), await staffed()];
    const { data } = await one.owner.ask(KEY, { input: { name: 'secret', scopes: ['content:read'] } });
    const revoke = 'mutation ($id: ID!) { revokeApiKey(id: $id) { done } }';
    expect(codeOf(await other.owner.ask(revoke, { id: data.createApiKey.id }))).toBe('NOT_FOUND');
    expect(codeOf(await other.owner.ask(CHANGE, { userId: one.userId, role: 'VIEWER' }))).toBe('NOT_FOUND');
    expect((await other.owner.ask(KEYS)).data.apiKeys).toEqual([]);
  });
});
