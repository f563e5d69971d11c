import { inFile, type Mutant } from '../mutant.ts';

const MOVES = ['test/isolation/tenant-move.test.ts'];
const CATALOGUE = ['test/isolation/postgres-catalogue.test.ts'];
const placements = inFile('prisma/migrations/0007_placements/migration.sql', MOVES);
const agreeing = inFile('prisma/migrations/0006_agreeing_stores/migration.sql', CATALOGUE);

/** Where a tenant is served, and what later migrations let in. */
export const PLACES: readonly Mutant[] = [
  placements({
    id: 'place-kind',
    wall: 'the server’s question whether a tenant lives in this kind of place',
    text: 'IF home.kind IS DISTINCT FROM place OR NOT (CASE',
    instead: 'IF NOT (CASE',
  }),
  placements({
    id: 'place-generation',
    wall: 'the server’s question whether the caller knows of the last move',
    text: 'ELSE home.generation = known END',
    instead: 'ELSE true END',
  }),
  placements({
    id: 'place-fence',
    wall: 'the fence that keeps writers out while a tenant is moved',
    text: 'IF writing AND NOT pg_try_advisory_xact_lock_shared(public.placement_lock(tenant)) THEN',
    instead: 'IF tenant IS NULL THEN',
  }),
  agreeing({
    id: 'outbox-revive',
    wall: 'the policy by which a request revives what was given up and nothing else',
    text: `CREATE POLICY outbox_deliveries_revive ON outbox_deliveries AS RESTRICTIVE FOR UPDATE TO polygraph_app
  USING (state = 'dead') WITH CHECK (state = 'pending' AND attempts = 0);`,
    instead: '',
    tests: ['test/behaviour/dead-letters.test.ts'],
  }),
  inFile('prisma/migrations/0025_scheduled_publication/migration.sql', ['test/isolation/postgres-catalogue.test.ts'])({
    id: 'sql-rls-schedules',
    wall: 'row-level security of scheduled publications',
    text: 'ALTER TABLE scheduled_publications ENABLE ROW LEVEL SECURITY;',
    instead: '',
  }),
  agreeing({
    id: 'sql-rls-sagas',
    wall: 'row-level security of sagas',
    text: 'ALTER TABLE sagas ENABLE ROW LEVEL SECURITY;',
    instead: '',
  }),
  inFile(
    'prisma/migrations/0013_search/migration.sql',
    CATALOGUE,
  )({
    id: 'sql-rls-vectors',
    wall: 'row-level security of vectors',
    text: 'ALTER TABLE content_vectors ENABLE ROW LEVEL SECURITY;',
    instead: '',
  }),
  inFile('stores/postgres/outbox/changes.ts', ['test/behaviour/changes-order.test.ts'])({
    id: 'changes-horizon',
    wall: 'the wait of /changes for what began before',
    text: 'where o.tx < pg_snapshot_xmin(pg_current_snapshot())',
    instead: 'where true',
  }),
  inFile('stores/postgres/outbox/changes.ts', ['test/behaviour/changes-order.test.ts'])({
    id: 'changes-entities',
    wall: 'the silence of /changes on what its reader may not be told of',
    text: 'and o.entity = any (${[...entities]}::text[]) ',
    instead: '',
  }),
];
