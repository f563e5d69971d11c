import { inFile, type Mutant } from '../mutant.ts';

const PEOPLE_TESTS = ['test/behaviour/people.test.ts'];
const audit = inFile('prisma/migrations/0005_audit/migration.sql', ['test/behaviour/audit.test.ts']);
const fourEyes = inFile('subgraphs/relational/people/four-eyes.ts', PEOPLE_TESTS);

/** Who may do what in a tenant, who is told of it, and how much there may be. */
export const PEOPLE: readonly Mutant[] = [
  inFile(
    'subgraphs/relational/people/grants.ts',
    PEOPLE_TESTS,
  )({
    id: 'people-grant',
    wall: 'the refusal to grant what one does not hold',
    text: 'if (beyond.length === 0) return;',
    instead: 'if (beyond) return;',
  }),
  fourEyes({
    id: 'people-own-approval',
    wall: 'the refusal to approve what one has asked for',
    text: 'if (asked.requestedById === deciderId) {',
    instead: "if (asked.requestedById === '') {",
  }),
  fourEyes({
    id: 'people-second',
    wall: 'the second person where access is given or taken',
    text: 'if (others.length > 0) return',
    instead: 'if (!others) return',
  }),
  fourEyes({
    id: 'people-key',
    wall: 'the refusal of keys, which are no persons',
    text: "if (sensitive && tenant.principal.kind !== 'user') throw",
    instead: 'if (!tenant) throw',
  }),
  inFile('operations/relay/publications.ts', ['test/faults/scheduled-publication.test.ts'])({
    id: 'schedule-rights',
    wall: 'the rights, as of then, of whoever scheduled a publication',
    text: 'const allowed = tenant.status ===',
    instead: 'const allowed = true || tenant.status ===',
  }),
  inFile('gateway/identity/accounts/sessions.ts', ['test/behaviour/accounts.test.ts'])({
    id: 'session-device',
    wall: 'the device that a session belongs to',
    text: 'if (session.device !== deviceOf(headers))',
    instead: 'if (!session.device)',
  }),
  audit({
    id: 'audit-principal',
    wall: 'the refusal of a change by requests that nobody signs for',
    text: "IF current_user = 'polygraph_app' THEN\n      RAISE",
    instead: "IF current_user = 'nobody' THEN\n      RAISE",
  }),
  inFile('prisma/migrations/0009_people/migration.sql', ['test/isolation/postgres-catalogue.test.ts'])({
    id: 'audit-table',
    wall: 'the audit of a table',
    text: "audit_table('roles', 'access'), ",
    instead: '',
  }),
  inFile('prisma/migrations/0008_quotas/migration.sql', ['test/behaviour/quotas.test.ts'])({
    id: 'quota-raise',
    wall: 'the refusal of what is over a limit of the tenant',
    text: 'IF facts IS NOT NULL THEN',
    instead: 'IF false THEN',
  }),
];
