import type { TestTenant } from '#test/kit/tenants';
import type { Worlds } from './worlds/index.ts';

/** All tenants of both worlds but one. */
export function othersOf({ attackers, victims }: Worlds, tenant: TestTenant): readonly TestTenant[] {
  const known = OTHERS.get(tenant);
  if (known) return known;
  const others = [...attackers, ...victims].map((one) => one.tenant).filter((one) => one !== tenant);
  OTHERS.set(tenant, others);
  return others;
}

/** One list a tenant, as what is made of a list is kept by it. */
const OTHERS = new WeakMap<TestTenant, readonly TestTenant[]>();
