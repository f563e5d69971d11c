import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLogger } from '#platform/log';
import type { StoreName } from '#platform/tally';
import { type LocalStores, startLocalStores } from '#stores/local/index';
import type { Answer } from '../kit/client.ts';
import { emptyStores } from '../kit/empty-stores.ts';
import { newestPublished } from '../kit/outage.ts';
import { buildRoads, type Roads } from '../kit/road.ts';
import { startWorld } from '../kit/world.ts';

/**
 * The product starts on empty stores while one of them cannot be reached, and
 * must serve what the others hold, then bring that store up to date and serve
 * it too as soon as it answers, in the same process.
 */
let dir: string;
let stores: LocalStores;
let roads: Roads;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'polygraph-test-outage-'));
  stores = await startLocalStores({ dir, durable: false, log: createLogger({ level: 'silent' }) });
  roads = await buildRoads(stores.environment);
}, 120_000);
afterAll(async () => {
  await roads?.close();
  await stores?.stop();
  await rm(dir, { recursive: true, force: true });
}, 60_000);

/** A closed port is known at once; a store that is slow because everything starts must not look like one. */
const LIMITS = { STORE_TIMEOUT_MS: 6_000, OPERATION_TIMEOUT_MS: 20_000 };

/** The whole list where the list itself is missing. */
const MISSING: Record<StoreName, readonly string[]> = {
  postgres: ['whole'],
  mongo: ['excerpt', 'versionCount', 'views'],
  neo4j: ['similar', 'topics'],
  redis: [],
};

describe.each(['mongo', 'neo4j', 'redis', 'postgres'] as const)('%s is down at the start', (store) => {
  test('the rest is served, and it too from the moment it is up', { timeout: 240_000 }, async () => {
    await emptyStores(stores.environment);
    await roads.openAllBut(store);
    const world = await startWorld(roads.environment, LIMITS, { patienceMs: 1_500 });
    try {
      expect(world.missing).toContain(store.toUpperCase());
      for (const { slug } of world.demo.tenants) {
        const ask = () => world.as(slug).query(newestPublished(), { first: 10 });
        const errors = store === 'redis' ? [] : [`STORE_UNAVAILABLE ${store}`];
        await expect
          .poll(async () => seenIn(await ask()), { timeout: 60_000 })
          .toEqual({ missing: MISSING[store], errors });
      }
      await roads.open(store);
      for (const { slug } of world.demo.tenants) {
        const ask = () => world.as(slug).query(newestPublished(), { first: 10 });
        await expect.poll(async () => seenIn(await ask()), { timeout: 60_000 }).toEqual({ missing: [], errors: [] });
        expect((await world.as(slug, 'apiKey').query('{ tenant { slug } }')).data).toEqual({ tenant: { slug } });
      }
    } finally {
      await world.stop();
    }
  });
});

interface Document {
  readonly [field: string]: unknown;
}

function seenIn(answer: Answer) {
  const errors = answer.errors.map(({ extensions }) => `${extensions.code} ${extensions.store}`);
  return { missing: missingIn(answer), errors: [...new Set(errors)] };
}

/** Names of the fields that hold nothing in any document; `whole` where there is no document. */
function missingIn({ data, errors }: Answer): string[] {
  const nodes = (data?.contents as { nodes: readonly Document[] } | undefined)?.nodes ?? [];
  if (nodes.length === 0) return errors.length > 0 ? ['whole'] : ['no documents yet'];
  const fields = ['excerpt', 'similar', 'topics', 'versionCount', 'views'];
  return fields.filter((field) => nodes.every((node) => isEmpty(node[field])));
}

function isEmpty(value: unknown): boolean {
  const edges = (value as { edges?: unknown } | null)?.edges ?? value;
  return edges === null || edges === 0 || (Array.isArray(edges) && edges.length === 0);
}
