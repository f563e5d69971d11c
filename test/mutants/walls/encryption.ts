import { inFile, type Mutant } from '../mutant.ts';

const ENVELOPE = ['test/unit/memory/envelope.test.ts'];
const MOVED = ['test/isolation/memory-encryption.test.ts'];
const KEPT = ['test/behaviour/memory-encryption.test.ts'];
const envelope = inFile('subgraphs/relational/memory/encryption/envelope.ts', ENVELOPE);
const migration = inFile('prisma/migrations/0017_offloaded_contexts/migration.sql', KEPT);
const BOUND = 'tenantId, table, column, row, version);';

/** What keeps the contents of encrypted memory closed, and what others hold out of a search. */
export const ENCRYPTION: readonly Mutant[] = [
  envelope({
    id: 'seal-tenant',
    wall: 'the tenant in what is authenticated with an encrypted value',
    text: BOUND,
    instead: 'table, column, row, version);',
    tests: [...ENVELOPE, ...MOVED],
  }),
  envelope({
    id: 'seal-table',
    wall: 'table and column in what is authenticated with an encrypted value',
    text: BOUND,
    instead: 'tenantId, row, version);',
  }),
  envelope({
    id: 'seal-row',
    wall: 'the row in what is authenticated with an encrypted value',
    text: BOUND,
    instead: 'tenantId, table, column, version);',
    tests: [...ENVELOPE, ...MOVED],
  }),
  envelope({
    id: 'seal-version',
    wall: 'the version of the key in what is authenticated with an encrypted value',
    text: BOUND,
    instead: 'tenantId, table, column, row);',
  }),
  inFile(
    'platform/sealing.ts',
    ENVELOPE,
  )({
    id: 'seal-lengths',
    wall: 'the lengths between the parts of what is authenticated',
    text: 'return [length, bytes];',
    instead: 'return [bytes];',
  }),
  inFile(
    'subgraphs/relational/memory/encryption/data-keys.ts',
    MOVED,
  )({
    id: 'key-of-tenant',
    wall: 'the tenant to whom a wrapped data key is bound',
    text: `boundTo('polygraph data key', tenantId, version);`,
    instead: `boundTo('polygraph data key', version);`,
  }),
  inFile(
    'subgraphs/relational/memory/encryption/vault.ts',
    MOVED,
  )({
    id: 'seal-told',
    wall: 'the line of the audit where an encrypted value does not open',
    text: 'await tell(place);',
    instead: '',
  }),
  migration({
    id: 'promise-pieces',
    wall: 'the trigger that keeps clear text out of the pieces of encrypted texts',
    text: `WHEN (NEW.compressed IS NOT NULL) EXECUTE`,
    instead: `WHEN (false) EXECUTE`,
  }),
  migration({
    id: 'promise-memories',
    wall: 'the trigger that keeps clear contents out of encrypted contexts',
    text: `WHEN (NEW.content IS NOT NULL) EXECUTE`,
    instead: `WHEN (false) EXECUTE`,
  }),
  migration({
    id: 'promise-vectors',
    wall: 'the trigger that keeps vectors out where the tenant did not allow them',
    text: `CREATE TRIGGER keep_embedding BEFORE INSERT OR UPDATE ON offloaded_vectors FOR EACH ROW
  EXECUTE FUNCTION keep_encrypted('EMBEDDING');`,
    instead: '',
  }),
  migration({
    id: 'sql-rls-data-keys',
    wall: 'row-level security of data keys',
    text: `ARRAY['memory_encryption', 'data_keys', 'offloaded_contexts',`,
    instead: `ARRAY['memory_encryption', 'offloaded_contexts',`,
    tests: ['test/isolation/postgres-catalogue.test.ts'],
  }),
  migration({
    id: 'sql-rls-offloaded',
    wall: 'row-level security of offloaded texts and their vectors',
    text: `'offloaded_contexts', 'offloaded_pieces', 'offloaded_vectors'] LOOP`,
    instead: `'offloaded_contexts'] LOOP`,
    tests: ['test/isolation/postgres-catalogue.test.ts'],
  }),
  inFile('subgraphs/relational/memory/offloaded/nearest.ts', ['test/isolation/memory-vectors.test.ts'])({
    id: 'vectors-starved',
    wall: 'the exact comparison where a walk along the index ended too soon',
    text: 'WHERE (SELECT count(*) FROM walked) < ${size}',
    instead: 'WHERE false',
  }),
];
