import { dangerouslyMintTenantContext } from '#tenancy/context';
import type { Identify } from './index.ts';

/**
 * Takes everybody for one and the same nobody, in a tenant that exists nowhere,
 * without roles or scopes. Subgraphs are sent no assertion for it, so one of
 * Polygraph's own serves it nothing.
 */
export function dangerouslyIdentifyNobody(): Identify {
  const nobody = Promise.resolve(
    dangerouslyMintTenantContext({
      tenantId: '00000000-0000-0000-0000-000000000000',
      tier: 'FREE',
      principal: { kind: 'service', id: 'anonymous' },
      roles: [],
      scopes: [],
    }),
  );
  return () => nobody;
}
