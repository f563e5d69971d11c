import { describe, expect, it } from 'vitest';
import { createHealthMonitor } from '#operations/health';
import { createLogger } from '#platform/log';

const well = { ping: (): Promise<void> => Promise.resolve() };
const down = { ping: () => Promise.reject(new Error('refused at 10.1.2.3')) };
const silent = { ping: () => new Promise<void>(() => undefined) };
const log = createLogger({ level: 'silent' });
const monitorOf = (stores: Partial<Record<'postgres' | 'mongo' | 'neo4j' | 'redis', typeof well>>, slowMs = 500) =>
  createHealthMonitor({
    stores: { postgres: well, mongo: well, neo4j: well, redis: well, ...stores },
    timeoutMs: 50,
    slowMs,
    log,
  });

describe('the health monitor', () => {
  it('knows nothing before the first check', () => {
    const states = monitorOf({}).current();
    expect(states.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'POSTGRES UNKNOWN',
      'MONGO UNKNOWN',
      'NEO4J UNKNOWN',
      'REDIS UNKNOWN',
    ]);
  });

  it('tells a store that refuses or stays silent from one that answers, within the time-out', async () => {
    const began = performance.now();
    const health = await monitorOf({ mongo: down, neo4j: silent }).check();
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(health.map(({ state }) => state)).toEqual(['HEALTHY', 'UNHEALTHY', 'UNHEALTHY', 'HEALTHY']);
    expect(health.map(({ latencyMs }) => latencyMs === null)).toEqual([false, true, true, false]);
    expect(JSON.stringify(health)).not.toContain('10.1.2.3');
  });

  it('calls a slow answer, and the first one after a failure, degraded', async () => {
    expect((await monitorOf({}, -1).check())[0]?.state).toBe('DEGRADED');
    let up = false;
    const monitor = monitorOf({ redis: { ping: async () => (up ? undefined : Promise.reject(new Error())) } });
    const redis = async () => (await monitor.check())[3]?.state;
    expect(await redis()).toBe('UNHEALTHY');
    up = true;
    expect([await redis(), await redis()]).toEqual(['DEGRADED', 'HEALTHY']);
    expect(monitor.current()[3]?.state).toBe('HEALTHY');
  });

  it('lets all who ask at once share one check', async () => {
    let pings = 0;
    const monitor = monitorOf({
      postgres: {
        ping: async () => {
          pings += 1;
        },
      },
    });
    await Promise.all([monitor.check(), monitor.check(), monitor.check()]);
    expect(pings).toBe(1);
  });
});
