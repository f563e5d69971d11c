import { describe, expect, it } from 'vitest';
import { BALANCERS, type Candidate, createBalancer } from '#stores/postgres/connections/balance';
import { judge } from '#stores/postgres/connections/health';
import { createMeter } from '#stores/postgres/connections/meter';
import type { PoolMetrics } from '#stores/postgres/connections/pool';
import { openPassword, sealPassword } from '#stores/postgres/connections/sealing';

const server = (name: string, facts: { weight?: number; active?: number; ms?: number } = {}): Candidate => {
  const { weight = 1, active = 0, ms = 1 } = facts;
  return { name, weight, active: () => active, responseMs: () => ms };
};

describe('spreading reads', () => {
  const count = (balance: ReturnType<typeof createBalancer>, candidates: readonly Candidate[], times: number) => {
    const counts: Record<string, number> = {};
    for (let at = 0; at < times; at += 1) {
      const name = balance(candidates)?.name ?? 'none';
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  };

  it('goes round', () => {
    const balance = createBalancer('ROUND_ROBIN');
    expect(count(balance, [server('a'), server('b'), server('c')], 9)).toEqual({ a: 3, b: 3, c: 3 });
  });

  it('goes round by weight, without a row of the same', () => {
    const balance = createBalancer('WEIGHTED_ROUND_ROBIN');
    const candidates = [server('a', { weight: 3 }), server('b'), server('c')];
    const turns = Array.from({ length: 5 }, () => balance(candidates)?.name);
    expect(turns).toEqual(['a', 'b', 'a', 'c', 'a']);
  });

  it('takes the one with the fewest connections in use for its weight', () => {
    const candidates = [server('a', { active: 3 }), server('b', { active: 4, weight: 2 }), server('c', { active: 5 })];
    expect(createBalancer('LEAST_CONNECTIONS')(candidates)?.name).toBe('b');
  });

  it('takes the quicker one more often, and the slow one sometimes', () => {
    let step = 0;
    const evenly = () => (step++ % 100) / 100;
    const counts = count(
      createBalancer('RESPONSE_TIME', evenly),
      [server('a', { ms: 1 }), server('b', { ms: 9 })],
      100,
    );
    expect(counts).toEqual({ a: 90, b: 10 });
  });

  it.each(BALANCERS)('%s chooses none of none', (name) => {
    expect(createBalancer(name)([])).toBeUndefined();
  });
});

describe('the password of a connection', () => {
  const SECRETS = ['s'.repeat(32)] as const;
  it('opens with any secret of the installation, for its own connection and no other', () => {
    const sealed = sealPassword('hunter2', 'replica', SECRETS);
    expect(sealed).not.toContain('hunter2');
    expect(sealPassword('hunter2', 'replica', SECRETS)).not.toBe(sealed);
    expect(openPassword(sealed, 'replica', ['n'.repeat(32), ...SECRETS])).toBe('hunter2');
    expect(() => openPassword(sealed, 'other', SECRETS)).toThrow(/was not sealed/);
    expect(() => openPassword(sealed, 'replica', ['n'.repeat(32)])).toThrow(/was not sealed/);
  });

  it.each(['', 'v1.', 'v1.AAAA', 'hunter2'])('is not read from %j', (sealed) => {
    expect(() => openPassword(sealed, 'replica', SECRETS)).toThrow(/was not sealed/);
  });

  it('does not open when a byte was changed', () => {
    const bytes = Buffer.from(sealPassword('hunter2', 'replica', SECRETS).slice(3), 'base64url');
    for (const at of [0, 12, bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => openPassword(`v1.${changed.toString('base64url')}`, 'replica', SECRETS)).toThrow(/was not sealed/);
    }
  });
});

it('measures the average, the 95th percentile, what succeeds and what failed in the last minute', () => {
  let at = 0;
  const meter = createMeter({ now: () => at });
  expect(meter.read()).toMatchObject({ averageMs: 0, p95Ms: 0, successRate: 1, recentFailures: 0 });
  meter.note(500, false);
  at = 61_000;
  for (let ms = 1; ms <= 19; ms += 1) meter.note(ms, ms !== 7);
  expect(meter.read()).toMatchObject({ p95Ms: 19, successRate: 0.9, recentFailures: 1 });
});

describe('the health of a server that answers', () => {
  const FACTS = { standby: true, timeline: null, lagMs: 0, streaming: true };
  const IDLE = { waiting: 0, saturationLevel: 0, querySuccessRate: 1, recentFailures: 0 } as PoolMetrics;
  const LIMITS = { timeoutMs: 1_000, slowMs: 100, maxLagMs: 500 };

  it('is good', () => expect(judge(FACTS, 1, IDLE, LIMITS).state).toBe('HEALTHY'));

  it.each([
    ['performance', () => judge(FACTS, 101, IDLE, LIMITS)],
    ['pool', () => judge(FACTS, 1, { ...IDLE, waiting: 3, saturationLevel: 1 }, LIMITS)],
    ['pool', () => judge(FACTS, 1, { ...IDLE, querySuccessRate: 0.5 }, LIMITS)],
    ['replication', () => judge({ ...FACTS, lagMs: 501 }, 1, IDLE, LIMITS)],
    ['my check', () => judge(FACTS, 1, IDLE, { ...LIMITS, custom: [() => 'my check: no'] })],
  ])('is DEGRADED by its %s', (reason, judged) => {
    expect(judged()).toMatchObject({ state: 'DEGRADED', reason: expect.stringContaining(reason) });
  });
});
