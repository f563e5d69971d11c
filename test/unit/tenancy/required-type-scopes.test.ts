import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { readScopeRequirements } from '#tenancy/needs-scopes';

test('what is computed from an object asks for the scopes of its type, whatever of it is read', () => {
  const { ofField } = readScopeRequirements(
    parse(`
      type Order {
        audit: Audit @join__field(graph: A)
        audited: Boolean @join__field(graph: B, requires: "audit { __typename }")
        total: Int @join__field(graph: A)
      }
      type Audit @needsScopes(all: ["audit:read"]) { text: String }`),
  );
  expect(ofField('Order', 'audited')).toEqual(['audit:read']);
  expect(ofField('Order', 'total')).toEqual([]);
});
