import { inFile, type Mutant, together } from '../mutant.ts';

const TESTS = ['test/unit/gateway/sharing.test.ts'];
const sharing = inFile('gateway/execution/sharing.ts', TESTS);

const byTenant: Mutant = {
  id: 'sharing-by-tenant',
  wall: 'reads under way, kept apart by tenant',
  changes: [
    {
      file: 'gateway/execution/sharing.ts',
      text: 'const running = byTenant.get(tenantId) ??',
      instead: "const running = byTenant.get('any') ??",
    },
    {
      file: 'gateway/execution/sharing.ts',
      text: 'if (running.size === 0) byTenant.set(tenantId, running);',
      instead: "if (running.size === 0) byTenant.set('any', running);",
    },
  ],
  tests: ['test/unit/gateway/sharing-tenants.test.ts'],
  coveredBy: ['sharing-key-tenant'],
};
const keyTenant = sharing({
  id: 'sharing-key-tenant',
  wall: 'the tenant in the key of a read under way',
  text: 'JSON.stringify([tenantId, tier, principal.kind',
  instead: 'JSON.stringify([tier, principal.kind',
  tests: byTenant.tests,
  coveredBy: ['sharing-by-tenant'],
});

/** Who may be answered by what another request has just asked. */
export const SHARING: readonly Mutant[] = [
  byTenant,
  keyTenant,
  together([byTenant, keyTenant], byTenant.tests),
  sharing({
    id: 'sharing-principal',
    wall: 'the principal in the key of a read under way',
    text: 'principal.kind, principal.id, roles, scopes]);',
    instead: 'roles, scopes]);',
  }),
  sharing({
    id: 'sharing-scopes',
    wall: 'roles and scopes in the key of a read under way',
    text: 'principal.kind, principal.id, roles, scopes]);',
    instead: 'principal.kind, principal.id]);',
  }),
  sharing({
    id: 'sharing-write',
    wall: 'the end of sharing with a write',
    text: 'written: (tenantId) => void byTenant.delete(tenantId),',
    instead: 'written: () => undefined,',
  }),
];
