import { inFile, type Mutant, together } from '../mutant.ts';
import { REDIS } from './redis.ts';

const TESTS = ['test/isolation/kept-answers.test.ts'];
/** What was written through one gateway, read through another. */
const SEEN_BY_WRITERS = ['test/behaviour/answer-cache.test.ts'];
const OWN_WRITES = ['test/behaviour/answer-cache-own-writes.test.ts'];
const kept = inFile('gateway/caching/kept-answers.ts', TESTS);

const memory = kept({
  id: 'cache-memory-tenant',
  wall: 'the tenant in the keys of answers that this process keeps',
  text: '`${tenantId}/${key}`',
  instead: "`${tenantId && ''}/${key}`",
  coveredBy: ['redis-key'],
});

/** Answers that are kept for the next who asks. */
export const CACHING: readonly Mutant[] = [
  memory,
  together([memory, ...REDIS.filter(({ id }) => id === 'redis-key')], TESTS),
  kept({
    id: 'cache-scopes',
    wall: 'the scopes in the key of an answer that readers share',
    text: "JSON.stringify(['scopes', ...reader.scopes])",
    instead: "JSON.stringify(['scopes'])",
  }),
  kept({
    id: 'cache-reader',
    wall: 'the reader in the key of an answer that is for one reader alone',
    text: ' : readerKey(reader);',
    instead: ' : typeof readerKey;',
  }),
  kept({
    id: 'cache-stamps',
    wall: 'the question whether what an answer shows was changed',
    text: 'if (!entry || entry.stamps !== stampsOf(things, looked.stamps)) return undefined;',
    instead: 'if (!entry) return undefined;',
  }),
  inFile(
    'gateway/caching/operations.ts',
    OWN_WRITES,
  )({
    id: 'cache-own-writes',
    wall: 'the way past kept answers for who asks for their own writes',
    text: 'if (context.readsOwnWrites) return run(context);',
    instead: '',
  }),
  inFile(
    'gateway/caching/fetches.ts',
    OWN_WRITES,
  )({
    id: 'cache-own-writes-parts',
    wall: 'the way past kept parts of answers for who asks for their own writes',
    text: "if (kind === 'write' || context.readsOwnWrites) return",
    instead: "if (kind === 'write') return",
  }),
  inFile(
    'gateway/caching/changes.ts',
    SEEN_BY_WRITERS,
  )({
    id: 'cache-changes',
    wall: 'what a mutation tells of its changes',
    text: 'kept.write(context.tenant, [...new Set(things)],',
    instead: 'kept.write(context.tenant, [`nothing of ${things.length}`],',
  }),
  inFile('operations/projections/telling-caches.ts', ['test/behaviour/telling-caches.test.ts'])({
    id: 'cache-projections',
    wall: 'what the relay tells of its projections',
    text: 'answers.changed([...new Set(things)])',
    instead: 'answers.changed(things.slice(things.length))',
  }),
];
