import { expect, test } from 'vitest';
import { SMALL_SUPERGRAPH, startSmallGateway } from '../../kit/gateway.ts';

const withField = (field: string) => SMALL_SUPERGRAPH.replace(/type Query\n[^{]+\{/, (head) => `${head}\n  ${field}\n`);

test.each([
  [
    'a type lost its mark',
    () => SMALL_SUPERGRAPH.replace(/(type Viewer[^{]*)@tenantScoped/, '$1'),
    /mark-lost.*supergraph: Viewer/,
  ],
  [
    'a field takes a tenant',
    () => withField('other(tenantId: ID!): Viewer @join__field(graph: RELATIONAL)'),
    /Query\.other/,
  ],
  [
    'a field asks for a scope that nobody grants',
    () => SMALL_SUPERGRAPH.replace('audit:read', 'audit:raed'),
    /audit:raed/,
  ],
  ['a field relies on @authenticated', () => withField('me: Viewer @authenticated'), /Query\.me uses @authenticated/],
])('a gateway does not start where %s', async (_, supergraph, message) => {
  await expect(startSmallGateway({ supergraphSdl: supergraph() })).rejects.toThrow(message);
});
