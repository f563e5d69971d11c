import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tenantKey } from '#stores/redis/keys';
import { dangerouslyMintTenantContext } from '#tenancy/context';

const tenant = (tenantId: string) =>
  dangerouslyMintTenantContext({
    tenantId,
    tier: 'STANDARD',
    principal: { kind: 'user', id: randomUUID() },
    roles: [],
    scopes: [],
  });
const A = tenant(randomUUID());
const parts = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', ':', '1', '{', '}', '\r\n', '\0', 'é') }), {
  maxLength: 4,
});

test('RD-01 no two lists of parts share a key', () => {
  expect(tenantKey(A, { area: 'x', parts: ['a:b', 'c'] })).not.toBe(tenantKey(A, { area: 'x', parts: ['a', 'b:c'] }));
  fc.assert(
    fc.property(parts, parts, (one, two) => {
      const same = JSON.stringify(one) === JSON.stringify(two);
      expect(tenantKey(A, { area: 'x', parts: one }) === tenantKey(A, { area: 'x', parts: two })).toBe(same);
    }),
  );
});

test('RD-02 no two tenants, and no two areas, share a key', () => {
  const key = { area: 'answer', parts: ['q'] };
  expect(tenantKey(tenant(randomUUID()), key)).not.toBe(tenantKey(A, key));
  expect(tenantKey(A, { ...key, area: 'rate' })).not.toBe(tenantKey(A, key));
});

test('RD-09 a key is of one form, whatever its parts hold', () => {
  fc.assert(
    fc.property(parts, (some) => {
      expect(tenantKey(A, { area: 'x', parts: some })).toMatch(/^tenant:\{[0-9a-f-]{36}\}:x:[A-Za-z0-9_-]{43}$/);
    }),
  );
  expect(() => tenantKey(A, { area: 'x:{y}', parts: [] })).toThrow(TypeError);
});
