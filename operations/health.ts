import type { Logger } from '#platform/log';
import { createRounds } from '#platform/rounds';
import type { StoreName } from '#platform/tally';
import type { Stores } from '#stores/stores';

/** What was last seen of a store. Names no host, so it may be shown to whoever operates a tenant. */
export interface StoreHealth {
  readonly name: Uppercase<StoreName>;
  /** DEGRADED answers, but slowly or not at the check before; UNKNOWN was not checked yet. */
  readonly state: 'HEALTHY' | 'DEGRADED' | 'UNHEALTHY' | 'UNKNOWN';
  /** Of the last check; null where it failed. */
  readonly latencyMs: number | null;
  readonly checkedAt: Date;
}

export interface HealthMonitor {
  /** The last known, without I/O. */
  current(): readonly StoreHealth[];
  /** Asks all stores now, at once. Never rejects and takes no longer than the time-out. */
  check(): Promise<readonly StoreHealth[]>;
  start(): void;
  stop(): void;
}

export interface HealthMonitorOptions {
  stores: { readonly [Name in StoreName]: Pick<Stores[Name], 'ping'> };
  /** Pause between checks. */
  intervalMs?: number;
  /** A store that has not answered by then is UNHEALTHY. */
  timeoutMs?: number;
  /** An answer that took longer is DEGRADED. */
  slowMs?: number;
  log: Logger;
}

export function createHealthMonitor({
  stores,
  intervalMs = 5_000,
  timeoutMs = 2_000,
  slowMs = 500,
  log,
}: HealthMonitorOptions): HealthMonitor {
  let health: readonly StoreHealth[] = NAMES.map((name) => ({
    name: upper(name),
    state: 'UNKNOWN',
    latencyMs: null,
    checkedAt: new Date(),
  }));
  let checking: Promise<readonly StoreHealth[]> | undefined;

  const checkOne = async (name: StoreName, before: StoreHealth['state'] | undefined): Promise<StoreHealth> => {
    const latencyMs = await pingWithin(stores[name], timeoutMs);
    const state = stateOf(latencyMs, before, slowMs);
    if (state !== before) log[state === 'UNHEALTHY' ? 'error' : 'info']({ store: name, state, before }, 'store health');
    return { name: upper(name), state, latencyMs, checkedAt: new Date() };
  };

  /** Those who ask while a check is under way share it. */
  const check = (): Promise<readonly StoreHealth[]> => {
    checking ??= Promise.all(NAMES.map((name, index) => checkOne(name, health[index]?.state))).then((checked) => {
      health = checked;
      checking = undefined;
      return checked;
    });
    return checking;
  };

  return {
    current: () => health,
    check,
    ...createRounds(check, intervalMs),
  };
}

/** @returns milliseconds, or null where the store failed or stayed silent */
async function pingWithin(store: { ping(): Promise<void> }, timeoutMs: number): Promise<number | null> {
  const began = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const silent = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  const answered = await Promise.race([
    store.ping().then(
      () => true,
      () => false,
    ),
    silent,
  ]);
  clearTimeout(timer);
  return answered ? performance.now() - began : null;
}

function stateOf(
  latencyMs: number | null,
  before: StoreHealth['state'] | undefined,
  slowMs: number,
): StoreHealth['state'] {
  if (latencyMs === null) return 'UNHEALTHY';
  return latencyMs > slowMs || before === 'UNHEALTHY' ? 'DEGRADED' : 'HEALTHY';
}

const NAMES = ['postgres', 'mongo', 'neo4j', 'redis'] as const;
const upper = (name: StoreName): Uppercase<StoreName> => name.toUpperCase() as Uppercase<StoreName>;
