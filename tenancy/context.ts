import { UUID } from '#platform/uuid';
import type { AgreedPolicy } from './policy.ts';
import type { Role, Scope } from './roles.ts';
import type { Tier } from './tiers.ts';

/**
 * The verified facts of one request. It can only be made by
 * `dangerouslyMintTenantContext`, which lint allows to identity and to the
 * assertion verifier: whoever holds one may trust every field of it.
 */
export interface TenantContext {
  readonly [minted]: true;
  /** UUID of the tenant, lower case. */
  readonly tenantId: string;
  readonly tier: Tier;
  readonly principal: Principal;
  readonly roles: readonly Role[];
  readonly scopes: readonly Scope[];
  /** What was agreed with the tenant instead of what its tier gives; absent where nothing was. */
  readonly agreed?: AgreedPolicy;
}

/** Who calls, always inside exactly one tenant. */
export interface Principal {
  readonly kind: 'user' | 'apiKey' | 'service';
  /** User id, API key id (both UUIDs) or the name of a service. */
  readonly id: string;
}

export type TenantFacts = Omit<TenantContext, typeof minted>;

/**
 * Turns facts into a context without checking where they come from.
 * Call it only on what a verified token, key or assertion says.
 */
export function dangerouslyMintTenantContext(facts: TenantFacts): TenantContext {
  if (!UUID.test(facts.tenantId)) {
    throw new TypeError(`A tenant id is a lower-case UUID; got ${JSON.stringify(facts.tenantId)}.`);
  }
  const context = Object.freeze({
    tenantId: facts.tenantId,
    tier: facts.tier,
    principal: Object.freeze({ ...facts.principal }),
    roles: Object.freeze([...facts.roles]),
    scopes: Object.freeze([...facts.scopes]),
    ...(facts.agreed ? { agreed: Object.freeze({ ...facts.agreed }) } : {}),
  }) as unknown as TenantContext;
  genuine.add(context);
  return context;
}

/**
 * Stores call this before they hand out a handle. The brand stops a forged
 * context at compile time; this stops one that was cast or deserialised.
 */
export function assertMinted(context: TenantContext): void {
  if (!genuine.has(context)) {
    throw new TypeError('This TenantContext was not made by the verifier, so no store will serve it.');
  }
}

export function hasScopes(context: TenantContext, all: readonly string[]): boolean {
  return all.every((scope) => (context.scopes as readonly string[]).includes(scope));
}

declare const minted: unique symbol;
const genuine = new WeakSet<object>();
