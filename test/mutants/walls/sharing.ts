import { inFile, type Mutant, together } from '../mutant.ts';

const TESTS = ['test/unit/gateway/sharing.test.ts'];
const sharing = inFile('gateway/execution/sharing.ts', TESTS);

const byTenant: Mutant = {
  id: 'sharing-by-tenant',
  wall: 'reads under way, kept apart by tenant',
  changes: [
    {
      file: 'gateway/execution/sharing.ts',
      text: 'byTenant.get(tenantId)?.get(key)',
      instead: "byTenant.get('any')?.get(key)",
    },
    {
      file: 'gateway/execution/sharing.ts',
      text: 'innerOf(byTenant, tenantId)',
      instead: "innerOf(byTenant, 'any')",
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

/** The other parts of the key, one by one. */
const READER = [
  ['tier', 'JSON.stringify([tenantId, tier, ', 'JSON.stringify([tenantId, '],
  ['kind', 'principal.kind, principal.id, roles', 'principal.id, roles'],
  ['roles', ' roles, scopes]);', ' scopes]);'],
  ['scopes', ' roles, scopes]);', ' roles]);'],
] as const;

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
  ...READER.map(([part, text, instead]) =>
    sharing({ id: `sharing-${part}`, wall: `the ${part} in the key of a read under way`, text, instead }),
  ),
  sharing({
    id: 'sharing-write',
    wall: 'the end of sharing with a write',
    text: 'written: (tenantId) => void byTenant.delete(tenantId),',
    instead: 'written: () => undefined,',
  }),
  inFile('gateway/delivery/short-road.ts', ['test/unit/gateway/shared-answers.test.ts'])({
    id: 'sharing-write-told',
    wall: 'the telling of a mutation to reads under way',
    text: '.finally(() => sharing.written(context.tenant.tenantId))',
    instead: '',
  }),
  inFile('gateway/delivery/replies.ts', ['test/unit/gateway/replies.test.ts'])({
    id: 'sharing-prepared',
    wall: 'the look whether the answer that was prepared last is the one to be sent',
    text: 'last.reply === reply && ',
    instead: '',
  }),
];
