import type { PlaygroundConfig } from '../page.ts';
import type { DemoSession } from '../session.ts';

export type { PlaygroundConfig, PlaygroundExample } from '../page.ts';
export type { DemoSession, DemoTenant } from '../session.ts';

/** What the gateway wrote into the page. */
export function readConfig(): PlaygroundConfig {
  const element = document.getElementById('config');
  return JSON.parse(element?.textContent ?? '{}') as PlaygroundConfig;
}

/**
 * The demo tenants, or undefined where the page may not have them: then it asks for a token.
 * @param onWait called each time there are none yet
 */
export async function fetchDemoSession(onWait: () => void): Promise<DemoSession | undefined> {
  for (;;) {
    const response = await fetch('/playground/session', { cache: 'no-store' });
    if (response.ok) return (await response.json()) as DemoSession;
    if (response.status !== 503) return undefined;
    onWait();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}
