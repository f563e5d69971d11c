import type { TestTenant } from './tenants.ts';

/** What the owner of a tenant makes beside documents: items, a role, invitations, a key, a request for approval. */
export async function administrate(
  run: <T>(query: string, variables?: Record<string, unknown>) => Promise<T>,
  { canary, secret }: TestTenant,
  [contentId]: readonly string[],
): Promise<void> {
  for (const number of [1, 2]) {
    await run(CREATE_ITEM, {
      input: { title: `${canary} item ${number}`, description: `<p>${secret} shared words</p>` },
    });
  }
  await run(RECORD, { input: { contentId, aspect: 'TITLE', note: secret, scoreBefore: 10, scoreAfter: 20 } });
  await run(DEFINE_ROLE, { name: `curator-${canary.slice(-8)}`, scopes: ['content:read', 'knowledge:read'] });
  await run(INVITE, { input: { email: `guest@${canary}.example`, role: 'EDITOR' } });
  // Two people make an administrator, so this one waits for approval.
  await run(INVITE, { input: { email: `second@${canary}.example`, role: 'ADMIN' } });
  const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
  await run(CREATE_KEY, { input: { name: `${canary} key`, scopes: ['content:read'], expiresAt } });
}

const CREATE_ITEM = 'mutation ($input: ItemInput!) { createItem(input: $input) { id } }';
const RECORD = 'mutation ($input: ContentOptimizationInput!) { recordContentOptimization(input: $input) { id } }';
const DEFINE_ROLE =
  'mutation ($name: String!, $scopes: [String!]!) { defineRole(name: $name, scopes: $scopes) { done } }';
const INVITE = 'mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { id } }';
const CREATE_KEY = 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { id } }';
