import type { Settings } from '#platform/settings';
import { TIERS, type Tier } from '#tenancy/tiers';
import { type Client, createClient } from './client.ts';
import { createTenant, type TestTenant } from './tenants.ts';
import { startWorld, type World } from './world.ts';

/** Two gateways that keep answers, and one over the same stores that keeps none. */
export interface CachedWorlds {
  readonly cached: readonly [CachedWorld, CachedWorld];
  /** A tenant of its own, as its API key may see it through each. Write through the first two only. */
  tenant(tier?: Tier): Promise<CachedTenant>;
  stop(): Promise<void>;
}

export interface CachedTenant extends TestTenant {
  readonly one: Client;
  readonly other: Client;
  readonly uncached: Client;
  /** Until nothing waits to be projected. */
  projected(): Promise<void>;
}

type CachedWorld = Awaited<ReturnType<typeof startWorld>>;

/** @param uncached the world that all tests share */
export async function startCachedWorlds(uncached: Pick<World, 'url'>): Promise<CachedWorlds> {
  const settings: Partial<Settings> = { CACHE: 'on', CACHE_TIERS: [...TIERS] };
  const cached = [await startWorld(process.env, settings), await startWorld(process.env, settings)] as const;
  return {
    cached,
    async tenant(tier) {
      const tenant = await createTenant(cached[0], tier);
      // Each world has an issuer of its own; a key is good everywhere.
      const at = ({ url }: Pick<World, 'url'>): Client => createClient(`${url}/graphql`, tenant.credentials.API_KEY);
      const clients = { one: at(cached[0]), other: at(cached[1]), uncached: at(uncached) };
      return { ...tenant, ...clients, projected: () => cached[0].relay.drain({ tenantId: tenant.id }) };
    },
    async stop() {
      for (const world of cached) await world.stop();
    },
  };
}
