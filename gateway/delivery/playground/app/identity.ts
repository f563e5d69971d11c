import type { DemoTenant } from './config.ts';

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

/** Remembers who was picked last, by name; a token is never stored. */
export function rememberChoice(slug: string, caller: Caller): void {
  localStorage.setItem(CHOICE, JSON.stringify({ slug, caller }));
}

export function recallChoice(tenants: readonly DemoTenant[]): { slug: string; caller: Caller } {
  const stored = parseChoice(localStorage.getItem(CHOICE));
  const slug = tenants.some((tenant) => tenant.slug === stored.slug) ? stored.slug : undefined;
  const caller = CALLERS.find((name) => name === stored.caller);
  return { slug: slug ?? tenants[0]?.slug ?? '', caller: caller ?? 'owner' };
}

function parseChoice(text: string | null): { slug?: string; caller?: string } {
  try {
    return (JSON.parse(text ?? '{}') as { slug?: string; caller?: string } | null) ?? {};
  } catch {
    return {};
  }
}

const CHOICE = 'polygraph:choice';
