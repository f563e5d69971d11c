import { z } from 'zod';
import { LIMITS_OF_TIER, MAX_CONTEXT_MB_OF_TIER } from './limits.ts';
import type { Tier } from './tiers.ts';

/** What an installation gives a tenant. Names are those that operators and the graph see. */
export const TenantPolicy = z.strictObject({
  'limits.maxUsers': z.int().min(0).max(1_000_000),
  'limits.maxStorageGb': z.int().min(0).max(1_000_000),
  'limits.maxContents': z.int().min(0).max(1_000_000_000),
  /** Of one offloaded text. All of them together count as storage. */
  'limits.maxContextMb': z.int().min(0).max(10_000),
  /** Connections to PostgreSQL that it may use at once, in each process: of its own database's or of the shared pool. */
  'pools.connections': z.int().min(1).max(50),
  /** How long a statement waits where all of these are in use. What a tier gives is no less than STORE_TIMEOUT_MS. */
  'pools.acquireTimeoutMs': z.int().min(50).max(30_000),
  /** Longest that an answer is kept, where the contract allows longer; 0 keeps none. */
  'caches.maxAgeSeconds': z.int().min(0).max(86_400),
  /** How long delivered events of the outbox are kept. */
  'retention.eventsDays': z.int().min(1).max(3_650),
  /** How long analytics events are kept as they are; then they are archived. An event may come 90 days late. */
  'retention.analyticsDays': z.int().min(92).max(3_650),
  /** How long their archive is kept. Roll-ups stay, and cannot be counted anew from then on. */
  'retention.archiveDays': z.int().min(92).max(36_500),
  /** Versions of drafts: so many of each document, and all that are younger, are kept. */
  'retention.versions': z.int().min(1).max(10_000),
  'retention.versionsDays': z.int().min(0).max(3_650),
  /** How long the files of a deleted document can come back with it. */
  'retention.deletedFilesDays': z.int().min(1).max(3_650),
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

/** One value as it is in force. */
export function policyValue(
  tier: Tier,
  overrides: PolicyOverrides,
  environment: Environment,
  name: PolicyName,
): number {
  return overrides[environment]?.[name] ?? overrides['*']?.[name] ?? TEMPLATES[tier][name];
}

/** What acts where a request is served, and so travels with it: the rest acts in the database. */
const SERVED = ['pools.connections', 'pools.acquireTimeoutMs', 'caches.maxAgeSeconds'] as const;
export const AgreedPolicy = TenantPolicy.pick({
  'pools.connections': true,
  'pools.acquireTimeoutMs': true,
  'caches.maxAgeSeconds': true,
}).partial();
export type AgreedPolicy = Readonly<z.infer<typeof AgreedPolicy>>;

/** @returns what differs from the tier for those who serve a request; undefined where nothing does */
export function agreedWith(overrides: PolicyOverrides, environment: Environment): AgreedPolicy | undefined {
  const layers = { ...overrides['*'], ...overrides[environment] };
  const agreed = SERVED.flatMap((name) => (layers[name] === undefined ? [] : [[name, layers[name]]]));
  return agreed.length > 0 ? Object.fromEntries(agreed) : undefined;
}

/** What is in force for whoever is served. */
export function servedPolicy(
  { tier, agreed }: { readonly tier: Tier; readonly agreed?: AgreedPolicy | undefined },
  name: (typeof SERVED)[number],
): number {
  return agreed?.[name] ?? TEMPLATES[tier][name];
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
  FREE: template('FREE', { connections: 4, maxAgeSeconds: 300, eventsDays: 7 }),
  STANDARD: template('STANDARD', { connections: 8, maxAgeSeconds: 300, eventsDays: 7 }),
  PREMIUM: template('PREMIUM', { connections: 10, maxAgeSeconds: 600, eventsDays: 30 }),
  ENTERPRISE: template('ENTERPRISE', { connections: 3, maxAgeSeconds: 600, eventsDays: 90 }),
};

/** How long delivered events are kept where nothing else was agreed. */
export const EVENTS_DAYS_OF_TIER: Readonly<Record<Tier, number>> = {
  FREE: TEMPLATES.FREE['retention.eventsDays'],
  STANDARD: TEMPLATES.STANDARD['retention.eventsDays'],
  PREMIUM: TEMPLATES.PREMIUM['retention.eventsDays'],
  ENTERPRISE: TEMPLATES.ENTERPRISE['retention.eventsDays'],
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
    'limits.maxContextMb': MAX_CONTEXT_MB_OF_TIER[tier],
    'pools.connections': connections,
    'pools.acquireTimeoutMs': 2_000,
    'caches.maxAgeSeconds': maxAgeSeconds,
    'retention.eventsDays': eventsDays,
    'retention.analyticsDays': 400,
    'retention.archiveDays': 1_100,
    'retention.versions': 50,
    'retention.versionsDays': 30,
    'retention.deletedFilesDays': 30,
  };
}
