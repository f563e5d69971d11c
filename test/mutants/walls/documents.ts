import { inFile, type Mutant } from '../mutant.ts';

const ATTACKS = ['test/isolation/own-documents.test.ts'];
const MOVES = ['test/behaviour/document-mover.test.ts'];
const WATCH = ['test/unit/stores-mongo/places.test.ts'];
const watch = inFile('stores/mongo/places/watch.ts', WATCH);
const ownDatabase = inFile('stores/mongo/places/own-database.ts', ATTACKS);
const credentials = inFile('stores/mongo/places/credentials.ts', ATTACKS);
const switching = inFile('stores/mongo/move/switch.ts', MOVES);

/** What keeps the documents of an ENTERPRISE tenant in its own database of MongoDB, and whole while they are carried. */
export const DOCUMENTS: readonly Mutant[] = [
  watch({
    id: 'documents-lease',
    wall: 'the age up to which a process believes where documents are',
    text: 'return seen && ageOf(seen.began) < withinMs ? seen.places : undefined;',
    instead: 'return seen && withinMs > 0 ? seen.places : undefined;',
  }),
  watch({
    id: 'documents-clock',
    wall: 'the second clock by which that age is taken',
    text: 'Math.max(performance.now() - steady, Date.now() - wall)',
    instead: 'Math.max(performance.now() - steady, wall - wall)',
  }),
  watch({
    id: 'documents-closed',
    wall: 'the wait of writers where a place is closed',
    text: "state === 'open' ? writers.count",
    instead: 'state ? writers.count',
  }),
  watch({
    id: 'documents-confirmed',
    wall: 'the look after a write that took long',
    text: "if (place.where === where && place.state === 'open') return done;",
    instead: 'if (place) return done;',
  }),
  inFile(
    'stores/mongo/index.ts',
    ATTACKS,
  )({
    id: 'documents-own',
    wall: 'the own database of a tenant that has one',
    text: "where === 'own'",
    instead: "where === ('elsewhere' as Where)",
  }),
  ownDatabase({
    id: 'documents-rights',
    wall: 'rights to documents alone for the tenant’s user',
    text: "const RIGHTS = ['find', 'insert', 'update', 'remove'] as const;",
    instead:
      "const RIGHTS = ['find', 'insert', 'update', 'remove', 'collMod', 'dropCollection', 'dropIndex'] as const;",
  }),
  ownDatabase({
    id: 'documents-elsewhere',
    wall: 'rights in its own database alone for the tenant’s user',
    text: 'roles: [{ role: ROLE, db: db.databaseName }] });',
    instead: "roles: [{ role: ROLE, db: db.databaseName }, { role: 'readWriteAnyDatabase', db: 'admin' }] });",
  }),
  ownDatabase({
    id: 'documents-shape',
    wall: 'validators and indexes in a database of a tenant’s own',
    text: 'await ensureCollections(db);',
    instead: '',
    tests: ['test/isolation/mongo-catalogue.test.ts'],
  }),
  credentials({
    id: 'documents-password',
    wall: 'a password for each tenant',
    text: "hkdfSync('sha256', key, 'polygraph', placeNameOf(tenantId), 32)",
    instead: "hkdfSync('sha256', key, 'polygraph', placeNameOf(tenantId).slice(0, 2), 32)",
  }),
  switching({
    id: 'documents-fence',
    wall: 'the server’s refusal of writes in a database that is being left',
    text: "if (to === 'shared') await allowWriting(client, claim.tenantId, false);",
    instead: '',
    tests: ATTACKS,
  }),
  switching({
    id: 'documents-drain',
    wall: 'the wait for writes that had begun before a place was closed',
    text: '.busy ?? []).length > 0',
    instead: '.busy ?? []).length > 99',
  }),
  inFile(
    'stores/mongo/move/claim.ts',
    MOVES,
  )({
    id: 'documents-claim',
    wall: 'the end of a mover whose claim another has taken',
    text: 'if (performance.now() - renewedAt > CLAIM_MS - MARGIN_MS) throw lost();',
    instead: '',
  }),
  inFile(
    'stores/mongo/move/leave.ts',
    MOVES,
  )({
    id: 'documents-stragglers',
    wall: 'the look for what was written in the old place before it is removed',
    text: 'return sum.done().checksum === left?.checksum;',
    instead: 'return sum.done().documents >= 0;',
  }),
];
