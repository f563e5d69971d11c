import type { DemoTenant } from './config.ts';
import { CALLERS, type Caller } from './identity.ts';

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
