import { inFile } from '../mutant.ts';

const context = inFile('tenancy/context.ts', ['test/isolation/redis.test.ts']);
const roles = inFile('tenancy/roles.ts', ['test/unit/gateway/scopes.test.ts']);

/** Who may hold a store's handle, and what a role may do. */
export const CONTEXT = [
  context({
    id: 'context-minted',
    wall: 'a store’s check that the verifier made the context',
    text: 'if (!genuine.has(context)) {',
    instead: 'if (!genuine) {',
  }),
  context({
    id: 'context-uuid',
    wall: 'the check that a tenant id is a UUID',
    text: 'if (!UUID.test(facts.tenantId)) {',
    instead: 'if (facts.tenantId === undefined) {',
    tests: ['test/isolation/neo4j.test.ts'],
  }),
  roles({
    id: 'role-viewer',
    wall: 'what tells a viewer from an editor',
    text: 'VIEWER: READ,',
    instead: 'VIEWER: EDIT,',
  }),
  roles({
    id: 'role-owner-platform',
    wall: 'what tells the owner of a tenant from the platform’s administrator',
    text: 'OWNER: ADMIN,',
    instead: "OWNER: [...ADMIN, 'platform:read'],",
    tests: ['test/unit/tenancy/roles.test.ts'],
  }),
];
