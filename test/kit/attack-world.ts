import { randomUUID } from 'node:crypto';
import { type SubgraphAlone, startSubgraphAlone } from '#operations/product/subgraph-alone';
import { createLogger } from '#platform/log';
import { SUBGRAPHS, type SubgraphName } from '#schema/subgraphs';
import { wrappingKeys } from '#subgraphs/relational/memory/encryption/data-keys';
import { ASSERTION_HEADER } from '#tenancy/assertion/claims';
import { createAssertionKeys } from '#tenancy/assertion/keys';
import { ownerAssertion } from './assertions.ts';
import type { Exchange } from './canary.ts';
import { TEST_SECRETS } from './secrets.ts';
import type { TestTenant } from './tenants.ts';
import { type Reply, send } from './wire.ts';
import { startWorld, type World } from './world.ts';

/** The product with its log open, and beside it each subgraph alone behind a port of its own. */
export interface AttackWorld {
  readonly world: World;
  readonly subgraphs: Readonly<Record<SubgraphName, string>>;
  /** Sends an operation as the tenant's owner, and gathers all that the owner could read then. */
  attack(attacker: TestTenant, way: Way, operation: Operation): Promise<Exchange>;
  /** What monitoring reads. */
  metrics(): Promise<string>;
  /** What was logged for whoever the word names: a request id, a tenant id. */
  logOf(word: string): readonly string[];
  close(): Promise<void>;
}

/** Through the endpoint that clients use, or past it, with a stolen assertion of the attacker's own tenant. */
export type Way = 'gateway' | 'subgraph';
export const WAYS: readonly Way[] = ['gateway', 'subgraph'];

export interface Operation {
  /** Where it goes when it does not go through the gateway; it selects this subgraph's fields only. */
  readonly subgraph: SubgraphName;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

export async function openAttackWorld(): Promise<AttackWorld> {
  const lines: string[] = [];
  const log = createLogger({ level: 'debug', to: { write: (line) => void lines.push(line) } });
  const world = await startWorld(process.env, { RATE_LIMIT_PER_MINUTE: 1_000_000 }, { log });
  const keys = createAssertionKeys(TEST_SECRETS);
  const sealing = wrappingKeys(TEST_SECRETS);
  const alone = await Promise.all(
    SUBGRAPHS.map(async (name): Promise<readonly [SubgraphName, SubgraphAlone]> => {
      const { settings } = world;
      return [name, await startSubgraphAlone({ name, settings, keys, sealing, port: 0, host: '127.0.0.1', log })];
    }),
  );
  const subgraphs = Object.fromEntries(alone.map(([name, { url }]) => [name, url])) as AttackWorld['subgraphs'];
  const logOf = (word: string): readonly string[] => lines.filter((line) => line.includes(word));

  const request = (
    attacker: TestTenant,
    way: Way,
    subgraph: SubgraphName,
    body: string,
    id: string,
  ): Promise<Reply> => {
    const headers = { 'x-request-id': id, 'x-polygraph-trace': '1' };
    if (way === 'gateway') {
      return send(`${world.url}/graphql`, { headers: { ...headers, ...attacker.credentials.OWNER }, body });
    }
    const assertion = ownerAssertion(attacker, subgraph, body);
    return send(subgraphs[subgraph], { headers: { ...headers, [ASSERTION_HEADER]: assertion }, body });
  };

  return {
    world,
    subgraphs,
    logOf,
    async attack(attacker, way, { subgraph, query, variables }) {
      const sent = JSON.stringify({ query, variables });
      const requestId = randomUUID();
      const before = lines.length;
      const reply = await request(attacker, way, subgraph, sent, requestId);
      const log = lines.slice(before).filter((line) => line.includes(requestId) || line.includes(attacker.id));
      return { sent, reply, log };
    },
    metrics: async () => (await send(`${world.url}/metrics`, { method: 'GET' })).text,
    async close() {
      for (const [, subgraph] of alone) await subgraph.stop();
      await world.stop();
    },
  };
}
