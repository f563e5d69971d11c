import { Agent, request } from 'undici';
import type { SubgraphName } from '#schema/subgraphs';
import { ASSERTION_HEADER } from '#tenancy/assertion/claims';
import { ownerAssertion } from '#test/kit/assertions';
import type { TestTenant } from '#test/kit/tenants';
import type { FuzzWorld } from './worlds/world.ts';

/** One request, as it is sent to each world. */
export interface Question {
  /** The gateway, or a subgraph behind it with an assertion of the caller's owner. */
  readonly to: 'gateway' | SubgraphName;
  readonly tenant: TestTenant;
  readonly caller: keyof TestTenant['credentials'];
  readonly text: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** The ids that it makes follow from it. 8 to 64 letters, digits, dots, underscores and hyphens. */
  readonly requestId: string;
}

export interface Reply {
  readonly status: number;
  /** Without those that the clock and the load make: one `name: value` a line. */
  readonly headers: string;
  /** The body as it came. */
  readonly text: string;
}

/** Asks one world. */
export type Ask = (question: Question) => Promise<Reply>;

export function askingOf(world: Pick<FuzzWorld, 'url' | 'doors'>): Ask & { close(): Promise<void> } {
  const agent = new Agent({ connections: 32, headersTimeout: 120_000, bodyTimeout: 120_000 });
  const ask = async ({ to, tenant, caller, text, variables, requestId }: Question): Promise<Reply> => {
    const body = JSON.stringify({ query: text, variables });
    const url = to === 'gateway' ? `${world.url}/graphql` : world.doors[to];
    const credentials =
      to === 'gateway' ? tenant.credentials[caller] : { [ASSERTION_HEADER]: ownerAssertion(tenant, to, body) };
    const response = await request(url, {
      method: 'POST',
      dispatcher: agent,
      headers: { 'content-type': 'application/json', 'x-request-id': requestId, ...credentials },
      body,
    });
    return {
      status: response.statusCode,
      headers: stable(response.headers),
      text: await response.body.text(),
    };
  };
  return Object.assign(ask, { close: () => agent.close() });
}

function stable(headers: Readonly<Record<string, string | string[] | undefined>>): string {
  const kept = Object.entries(headers).filter(([name]) => !UNSTABLE.test(name));
  return kept.map(([name, value]) => `${name}: ${String(value)}`).join('\n');
}

/** The length follows from the body, which is compared; the rate says when a minute began. */
const UNSTABLE = /^(date|content-length|ratelimit-.*|keep-alive|connection)$/;
