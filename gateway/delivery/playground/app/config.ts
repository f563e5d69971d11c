import type { PlaygroundConfig } from '../page.ts';
import type { DemoSession } from '../session.ts';

export type { PlaygroundConfig, PlaygroundExample } from '../page.ts';
export type { DemoSession, DemoTenant } from '../session.ts';

/** What the gateway wrote into the page. */
export function readConfig(): PlaygroundConfig {
  const element = document.getElementById('config');
  return JSON.parse(element?.textContent ?? '{}') as PlaygroundConfig;
}

/** The demo tenants, or undefined where the page may not have them: then it asks for a token. */
export async function fetchDemoSession(): Promise<DemoSession | undefined> {
  const response = await fetch('/playground/session', { cache: 'no-store' });
  return response.ok ? ((await response.json()) as DemoSession) : undefined;
}
