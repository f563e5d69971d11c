import { inFile, type Mutant } from '../mutant.ts';

const TESTS = ['test/isolation/postgres.test.ts'];
const TIERS = ['test/isolation/tiers.test.ts'];
const OWN_PLACE = ['test/isolation/own-place.test.ts'];
const MOVES = ['test/isolation/tenant-move.test.ts'];
const burst = inFile('stores/postgres/burst.ts', TESTS);
const handle = inFile('stores/postgres/index.ts', TESTS);
const places = inFile('stores/postgres/places.ts', TIERS);
const planner = inFile('stores/postgres/planner.ts', ['test/unit/stores-postgres/planner.test.ts']);
const directory = inFile('stores/postgres/directory.ts', TESTS);

/** How statements reach PostgreSQL. */
export const POSTGRES: readonly Mutant[] = [
  burst({
    id: 'pg-set-tenant',
    wall: 'the setting of the tenant before a statement',
    text: "return `SELECT ${[enter, ...set].join(', ')}`;",
    instead: 'return `SELECT ${[enter, ...set].length}`;',
  }),
  burst({
    id: 'pg-confirmation',
    wall: 'the comparison of the tenant with what the server confirmed',
    text: 'if (!settings.every(([, value], index) => confirmed?.[index + 1] === value)) {',
    instead: 'if (!confirmed) {',
    tests: ['test/unit/stores-postgres/burst.test.ts'],
  }),
  burst({
    id: 'pg-commit',
    wall: 'the check that the server committed',
    text: "if (commit.command !== 'COMMIT') throw new Error('PostgreSQL did not commit.');",
    instead: '',
    tests: ['test/unit/stores-postgres/burst.test.ts'],
  }),
  burst({
    id: 'pg-local-setting',
    wall: 'the end of the tenant’s setting with its transaction',
    text: "set_config('${name}', '${value}', true)",
    instead: "set_config('${name}', '${value}', false)",
    tests: TIERS,
  }),
  burst({
    id: 'pg-premium-role',
    wall: 'the role of its own that a PREMIUM tenant’s statement runs as',
    text: "['role', placement.name], ",
    instead: '',
    tests: OWN_PLACE,
  }),
  burst({
    id: 'pg-premium-path',
    wall: 'the path to a PREMIUM tenant’s schema (behind it, PostgreSQL’s own, which leads to the schema of the role)',
    text: ", ['search_path', `${placement.name}, ${SHARED_SCHEMA}`]",
    instead: '',
    tests: OWN_PLACE,
    coveredBy: ['pg-premium-role'],
  }),
  burst({
    id: 'pg-premium-place',
    wall: 'role and schema of a PREMIUM tenant, both',
    text: "if (placement.kind !== 'schema') return [tenant];",
    instead: 'if (placement.kind !== undefined) return [tenant];',
    tests: OWN_PLACE,
    together: ['pg-premium-role', 'pg-premium-path'],
  }),
  inFile(
    'stores/postgres/adapter.ts',
    TESTS,
  )({
    id: 'pg-transaction-tenant',
    wall: 'the setting of the tenant at the begin of a transaction',
    text: 'await client.query(beginAsTenant(placement)).catch(',
    instead: "await client.query('BEGIN').catch(",
  }),
  burst({
    id: 'pg-transaction-place',
    wall: 'role and schema of a PREMIUM tenant at the begin of a transaction',
    text: ", true)`, ...set].join('; ');",
    instead: ", true)`, ...set.slice(0, 1)].join('; ');",
    tests: OWN_PLACE,
  }),
  handle({
    id: 'pg-enterprise-database',
    wall: 'the database of its own of an ENTERPRISE tenant',
    text: "(placement.kind === 'database' ? ownRoute(placement) : shared)",
    instead: '(placement ? shared : ownRoute(placement))',
    tests: TIERS,
  }),
  {
    id: 'pg-enterprise-pool',
    wall: 'a pool of its own for each ENTERPRISE database',
    changes: [
      { file: 'stores/postgres/dedicated.ts', text: 'routes.get(place.name)', instead: "routes.get('any')" },
      {
        file: 'stores/postgres/dedicated.ts',
        text: 'routes.set(place.name, route)',
        instead: "routes.set('any', route)",
      },
    ],
    tests: OWN_PLACE,
  },
  inFile(
    'stores/postgres/clients.ts',
    TESTS,
  )({
    id: 'pg-client-of-tenant',
    wall: 'a Prisma client of its own for each tenant',
    text: "const key = `${placement.kind} ${placement.tenantId} ${placement.generation ?? ''}`;",
    instead: 'const key: string = placement.kind;',
  }),
  planner({
    id: 'pg-plan-without-values',
    wall: 'the values of a call, bound around the plan and never kept with it',
    text: '() => this.#real.compile(text), once)',
    instead: '() => bindPlan(this.#real.compile(text), placeholderValues), once)',
  }),
  planner({
    id: 'pg-plan-of-schema',
    wall: 'the schema in the key of a plan',
    text: 'const key = `${schema} ${text}`;',
    instead: 'const key = text;',
  }),
  inFile(
    'stores/postgres/reads.ts',
    TESTS,
  )({
    id: 'pg-no-raw-client',
    wall: 'the hiding of the methods that send text as SQL',
    text: "if (typeof model !== 'string' || model.startsWith('$') || model === 'then') return undefined;",
    instead: "if (typeof model !== 'string' || model === 'then') return undefined;",
  }),
  burst({
    id: 'pg-read-only',
    wall: 'the refusal of a write outside a transaction that knows who writes',
    text: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
    instead: 'BEGIN',
    tests: MOVES,
  }),
  burst({
    id: 'pg-place-of-reads',
    wall: 'the refusal of a read in a place that the tenant has left',
    text: "`public.enter_place('${tenantId}', '${kind}', ${generation ?? 'NULL'}, false)`",
    instead: "`'${tenantId} ${kind} ${generation}'`",
    tests: MOVES,
  }),
  burst({
    id: 'pg-place-of-writes',
    wall: 'the refusal of a transaction in a place that the tenant has left',
    text: "`SELECT public.enter_place('${tenantId}', '${kind}', ${generation}, true)`",
    instead: "`SELECT '${tenantId}', '${kind}', ${generation}`",
    tests: MOVES,
  }),
  inFile(
    'stores/postgres/outbox/statements.ts',
    MOVES,
  )({
    id: 'pg-place-of-claims',
    wall: 'the refusal to deliver from a place that the tenant has left',
    text: 'limit case when not (select public.place_serves($1, $7)) then 0 when exists (',
    instead: 'limit case when $7::text is null then 0 when exists (',
  }),
  inFile(
    'stores/postgres/tenant.ts',
    TESTS,
  )({
    id: 'pg-template-only',
    wall: 'the check that `sql` is a template tag',
    text: 'if (!Array.isArray(strings.raw)) throw',
    instead: 'if (!strings) throw',
  }),
  inFile(
    'stores/place-name.ts',
    TIERS,
  )({
    id: 'pg-place-name',
    wall: 'the check that a place is named by a UUID',
    text: 'if (!UUID.test(tenantId)) throw',
    instead: 'if (tenantId === undefined) throw',
  }),
  places({
    id: 'pg-premium-inherit',
    wall: 'rights in a PREMIUM schema for the tenant’s role alone',
    text: 'WITH INHERIT FALSE, SET TRUE',
    instead: 'WITH INHERIT TRUE, SET TRUE',
  }),
  places({
    id: 'pg-enterprise-connect',
    wall: 'the closing of an ENTERPRISE database to other roles',
    text: 'await admin.query(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC, ${POSTGRES_ROLES.identity}`);',
    instead: '',
  }),
  {
    id: 'pg-password-of-tenant',
    wall: 'a password of its own for each ENTERPRISE database',
    changes: [
      {
        file: 'stores/postgres/roles.ts',
        text: 'derive(decodeURIComponent(own.password), place.name)',
        instead: "derive(decodeURIComponent(own.password), 'any')",
      },
      {
        file: 'stores/postgres/roles.ts',
        text: "derive(passwordOfRole('app', secrets), place.name)",
        instead: "derive(passwordOfRole('app', secrets), 'any')",
      },
    ],
    tests: ['test/unit/stores-postgres/roles.test.ts'],
  },
  directory({
    id: 'pg-membership-of-tenant',
    wall: 'the tenant in the question whether somebody is a member',
    text: 'WHERE m.tenant_id = $1 AND m.user_id = $2',
    instead: 'WHERE $1::text IS NOT NULL AND m.user_id = $2',
  }),
];
