import { inFile, type Mutant, together } from '../mutant.ts';
import { REDIS } from './redis.ts';

const TESTS = ['test/isolation/kept-answers.test.ts'];
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
];
