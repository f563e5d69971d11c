import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { createLogger } from '#platform/log';
import { serveSubgraph } from '#subgraphs/runtime/serve';
import { smallHost, startSmallGateway } from '#test/kit/gateway';
import { expectWithin } from '#test/kit/soon';
import { createTenant, provisioned, type TestTenant } from '#test/kit/tenants';
import { useWorld, type World } from '#test/kit/world';

let world: World;
beforeAll(() => {
  world = useWorld();
});
const log = createLogger({ level: 'silent' });
const DEVICE = { 'content-type': 'application/json', 'user-agent': 'Browser/1' };
const PASSWORD = 'correct horse battery';
const INVITE = 'mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { token } }';

const post = async (path: string, body: object, headers: object = {}) =>
  fetch(world.url + path, { method: 'POST', headers: { ...DEVICE, ...headers }, body: JSON.stringify(body) });
const codeOf = async (asked: Promise<Response>): Promise<string> => {
  const { errors } = (await (await asked).json()) as { errors?: { extensions?: { code?: string } }[] };
  return errors?.[0]?.extensions?.code ?? 'fine';
};
const isSuspended = (code: string | undefined): boolean => code === 'TENANT_SUSPENDED';

/** A member who came in by invitation and signs in with a password. */
async function joined(tenant: TestTenant) {
  const email = `${randomUUID()}@people.example`;
  const { data } = await tenant.as('OWNER').query(INVITE, { input: { email, role: 'EDITOR' } });
  const { token } = (data as { inviteMember: { token: string } }).inviteMember;
  await post('/auth/invitations/accept', { token, name: 'Ada', password: PASSWORD });
  const signIn = () => post('/auth/sign-in', { tenant: tenant.canary, email, password: PASSWORD });
  const session = (await (await signIn()).json()) as { token: string };
  return { signIn, headers: { ...DEVICE, authorization: `Bearer ${session.token}` } };
}

test.each(['STANDARD', 'ENTERPRISE'] as const)(
  'a %s tenant that is suspended is refused on every road within a second, and told nothing more',
  async (tier) => {
    const tenant = await createTenant(world, tier);
    const { headers: session, signIn } = await joined(tenant);
    const graph = (headers: Record<string, string>) => post('/graphql', { query: '{ tenant { id } }' }, headers);
    const changes = (headers: Record<string, string>, query = '') => fetch(`${world.url}/changes${query}`, { headers });
    const roads: Readonly<Record<string, () => Promise<Response>>> = {
      'GraphQL with a token': () => graph(tenant.credentials.OWNER),
      'GraphQL with a key': () => graph(tenant.credentials.API_KEY),
      'GraphQL with a session': () => graph(session),
      changes: () => changes(tenant.credentials.OWNER),
      'own sessions': () => fetch(`${world.url}/auth/sessions`, { headers: session }),
      'another password': () => post('/auth/password', { current: 'x', next: 'y' }, session),
    };
    const follower = await changes(tenant.credentials.OWNER, '?follow=true');
    const told = follower.text();

    await provisioned(process.env, async (system) => void (await system.setTenantStatus(tenant.id, 'SUSPENDED')));
    await Promise.all(Object.values(roads).map((ask) => expectWithin(1_000, () => codeOf(ask()), isSuspended)));
    // Who is nobody's member any more is not told more than a stranger.
    expect(await codeOf(signIn())).toBe('TOKEN_INVALID');
    expect((await told).trim()).toBe('');
  },
);

test('nothing is sent to the port of a subgraph for a tenant that is suspended, and the port serves no credentials', async () => {
  const served = await serveSubgraph(smallHost('content'), { port: 0, hostAddress: '127.0.0.1', log });
  const gateway = await startSmallGateway({ subgraphs: (hosts) => ({ ...hosts, content: new URL(served.url) }) });
  const { token, tenantId, query } = await gateway.as('OWNER');
  const direct = () =>
    fetch(served.url, { method: 'POST', headers: { ...DEVICE, authorization: `Bearer ${token}` }, body: '{}' });
  expect(await codeOf(direct())).toBe('ASSERTION_MISSING');
  const ask = async () => (await query('{ contentStatus }')).errors[0]?.extensions.code;
  expect(await ask()).toBeUndefined();
  const known = gateway.directory.tenants.get(tenantId);
  if (known) gateway.directory.tenants.set(tenantId, { ...known, status: 'SUSPENDED' });
  await expectWithin(1_000, ask, isSuspended);
  // Where it still asked, it would tell that nobody answers there.
  await served.stop();
  expect(await ask()).toBe('TENANT_SUSPENDED');
  await gateway.stop();
});
