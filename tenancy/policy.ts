import { z } from 'zod';
import { LIMITS_OF_TIER } from './limits.ts';
import type { Tier } from './tiers.ts';

/** What an installation gives a tenant. Names are those that operators and the graph see. */
export const TenantPolicy = z.strictObject({
  'limits.maxUsers': z.int().min(0).max(1_000_000),
  'limits.maxStorageGb': z.int().min(0).max(1_000_000),
  'limits.maxContents': z.int().min(0).max(1_000_000_000),
  /** Connections to a database of its own, in each process. */
  'pools.connections': z.int().min(1).max(50),
  'pools.acquireTimeoutMs': z.int().min(50).max(30_000),
  /** Longest that an answer is kept. */
  'caches.maxAgeSeconds': z.int().min(0).max(86_400),
  /** How long delivered events of the outbox are kept. */
  'retention.eventsDays': z.int().min(1).max(3_650),
});
export type TenantPolicy = z.infer<typeof TenantPolicy>;
export type PolicyName = keyof TenantPolicy;
export const POLICY_NAMES = Object.keys(TenantPolicy.shape) as readonly PolicyName[];

export const ENVIRONMENTS = ['production', 'development', 'test'] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** What differs for one tenant: everywhere (`*`), and in one environment. */
export const PolicyOverrides = z.strictObject({
  '*': TenantPolicy.partial().optional(),
  production: TenantPolicy.partial().optional(),
  development: TenantPolicy.partial().optional(),
  test: TenantPolicy.partial().optional(),
});
export type PolicyOverrides = z.infer<typeof PolicyOverrides>;
export type PolicyLayer = keyof PolicyOverrides;

/** One value, and which layer it is from; a later layer wins over an earlier one. */
export interface EffectiveSetting {
  readonly name: PolicyName;
  readonly value: number;
  readonly source: 'TIER' | 'TENANT' | 'ENVIRONMENT';
}

/** In the order of `POLICY_NAMES`. */
export function effectivePolicy(tier: Tier, overrides: PolicyOverrides, environment: Environment): EffectiveSetting[] {
  const layers = [
    ['ENVIRONMENT', overrides[environment]],
    ['TENANT', overrides['*']],
    ['TIER', TEMPLATES[tier]],
  ] as const;
  return POLICY_NAMES.map((name) => {
    for (const [source, layer] of layers) {
      const value = layer?.[name];
      if (value !== undefined) return { name, value, source };
    }
    throw new TypeError(`The template of ${tier} lacks ${name}.`);
  });
}

/**
 * @param changes null takes an override back
 * @throws ZodError that names what is wrong
 */
export function withOverrides(
  before: PolicyOverrides,
  layer: PolicyLayer,
  changes: Readonly<Record<string, unknown>>,
): PolicyOverrides {
  const merged = Object.entries({ ...before[layer], ...changes }).filter(([, value]) => value !== null);
  return PolicyOverrides.parse({ ...before, [layer]: Object.fromEntries(merged) });
}

const TEMPLATES: Readonly<Record<Tier, TenantPolicy>> = {
  FREE: template('FREE', { connections: 1, maxAgeSeconds: 300, eventsDays: 7 }),
  STANDARD: template('STANDARD', { connections: 1, maxAgeSeconds: 300, eventsDays: 7 }),
  PREMIUM: template('PREMIUM', { connections: 1, maxAgeSeconds: 600, eventsDays: 30 }),
  ENTERPRISE: template('ENTERPRISE', { connections: 3, maxAgeSeconds: 600, eventsDays: 90 }),
};

function template(
  tier: Tier,
  { connections, maxAgeSeconds, eventsDays }: { connections: number; maxAgeSeconds: number; eventsDays: number },
): TenantPolicy {
  const { maxUsers, maxStorageGb, maxContents } = LIMITS_OF_TIER[tier];
  return {
    'limits.maxUsers': maxUsers,
    'limits.maxStorageGb': maxStorageGb,
    'limits.maxContents': maxContents,
    'pools.connections': connections,
    'pools.acquireTimeoutMs': 2_000,
    'caches.maxAgeSeconds': maxAgeSeconds,
    'retention.eventsDays': eventsDays,
  };
}
