/** Where a tenant's rows live. FREE lives where STANDARD does, with smaller limits. */
export const TIERS = ['FREE', 'STANDARD', 'PREMIUM', 'ENTERPRISE'] as const;
export type Tier = (typeof TIERS)[number];

export function isTier(value: unknown): value is Tier {
  return (TIERS as readonly unknown[]).includes(value);
}
