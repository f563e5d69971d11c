import type { DemoTenant } from '../session.ts';

/** As whom a request is sent. Held in memory only, never in the browser's storage. */
export interface Identity {
  /** Shown to people: the tenant's slug, or `token` for one that was pasted. */
  readonly name: string;
  readonly tier: string;
  readonly caller: Caller;
  readonly hue: Hue;
  readonly headers: Readonly<Record<string, string>>;
}

export const CALLERS = ['owner', 'editor', 'viewer', 'apiKey'] as const;
export type Caller = (typeof CALLERS)[number];

export const CALLER_NAMES: Readonly<Record<Caller, string>> = {
  owner: 'Owner',
  editor: 'Editor',
  viewer: 'Viewer',
  apiKey: 'API key',
};

/** Each tenant keeps one colour wherever its answers are shown. */
const HUES = ['teal', 'amber', 'violet'] as const;
export type Hue = (typeof HUES)[number];

export function identityOf(tenants: readonly DemoTenant[], slug: string, caller: Caller): Identity | undefined {
  const index = tenants.findIndex((tenant) => tenant.slug === slug);
  const tenant = tenants[index];
  if (!tenant) return undefined;
  const headers: Record<string, string> =
    caller === 'apiKey' ? { 'x-api-key': tenant.apiKey } : { authorization: `Bearer ${tenant.tokens[caller]}` };
  return { name: tenant.slug, tier: tenant.tier, caller, hue: HUES[index % HUES.length] ?? 'teal', headers };
}

export function identityOfToken(token: string): Identity {
  return { name: 'token', tier: '', caller: 'viewer', hue: 'teal', headers: { authorization: `Bearer ${token}` } };
}
