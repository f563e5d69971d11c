import { createClient } from '#test/kit/client';
import type { TestTenant } from '#test/kit/tenants';
import { type RunField, runAs } from './run.ts';

/** A second administrator, an approval declined and one that waits, a key and an invitation revoked, a role given. */
export async function fillPeople(run: RunField, { canary }: TestTenant, url: string): Promise<void> {
  const { id } = await run<{ id: string }>(CREATE_KEY, { input: { name: `${canary} old`, scopes: ['content:read'] } });
  await run(REVOKE_KEY, { id });
  const invited = await run<{ id: string }>(INVITE, { input: { email: `nobody@${canary}.example`, role: 'VIEWER' } });
  await run(REVOKE_INVITATION, { id: invited.id });
  const customRole = `curator-${canary.slice(-8)}`;
  await run(INVITE, { input: { email: `curator@${canary}.example`, role: 'VIEWER', customRole } });
  const email = `partner@${canary}.example`;
  const { token } = await run<{ token: string }>(INVITE, { input: { email, role: 'ADMIN' } });
  await post(`${url}/auth/invitations/accept`, { token, name: `${canary} partner`, password: PASSWORD });
  const session = await post(`${url}/auth/sign-in`, { tenant: canary, email, password: PASSWORD });
  const partner = runAs(createClient(`${url}/graphql`, { authorization: `Bearer ${String(session.token)}` }));
  const [declined] = await Promise.all(
    ['third', 'fourth'].map(async (name) => {
      const input = { email: `${name}@${canary}.example`, role: 'ADMIN' };
      return (await run<{ approval: { id: string } }>(INVITE, { input })).approval.id;
    }),
  );
  await partner(DECLINE, { id: declined });
}

async function post(url: string, body: object): Promise<Readonly<Record<string, unknown>>> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}: ${text}`);
  return JSON.parse(text) as Readonly<Record<string, unknown>>;
}

const PASSWORD = 'correct horse battery staple';
const CREATE_KEY = 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { id } }';
const REVOKE_KEY = 'mutation ($id: ID!) { revokeApiKey(id: $id) { done } }';
const REVOKE_INVITATION = 'mutation ($id: ID!) { revokeInvitation(id: $id) { done } }';
const INVITE = 'mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { id token approval { id } } }';
const DECLINE = 'mutation ($id: ID!) { decideApproval(id: $id, approve: false) { done } }';
