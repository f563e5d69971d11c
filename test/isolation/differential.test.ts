import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Ask } from '#test/fuzz/asking';
import { createFuzzer, type Fuzzer, type FuzzOptions, type FuzzResult } from '#test/fuzz/index';
import { summaryOf } from '#test/fuzz/summary';
import { openWorlds, type Worlds } from '#test/fuzz/worlds/index';

/**
 * The oracle that needs no list of attacks: the same operations are asked in a
 * world with other tenants and in one that has never heard of them. Whatever
 * differs is a leak, known or not. The seeds are fixed, so that a build that turns
 * red does so for what changed in it; `npm run fuzz` searches on with new ones.
 */
describe('the answers of a tenant', () => {
  let worlds: Worlds;
  let fuzzer: Fuzzer;

  beforeAll(async () => {
    worlds = await openWorlds({ progress: () => undefined });
    fuzzer = await createFuzzer(worlds);
  }, LONGEST_MS);
  afterAll(() => worlds?.stop(), 60_000);

  test.each([20_261_121, Number(process.env.FUZZ_SEED ?? 1)])(
    'are the same whether or not others are there: seed %d',
    { timeout: SECONDS * 1_000 + LONGEST_MS },
    async (seed) => {
      const result = await fuzzer.run({ seed, seconds: SECONDS / 2 });
      process.stdout.write(`differential: seed ${seed}, ${summaryOf(result)}\n`);
      expect(result.findings.map(shown)).toEqual([]);
      expect(result.counts.operations).toBeGreaterThan(50);
    },
  );

  test('are told apart when a list is answered for another tenant', { timeout: LONGEST_MS }, async () => {
    const [victim] = worlds.victims;
    const mixed = (ask: Ask): Ask => {
      return (question) =>
        ask(victim && question.text.includes('keywords') ? { ...question, tenant: victim.tenant } : question);
    };
    const finding = await firstFinding({ wrap: (ask, world) => (world === 'inhabited' ? mixed(ask) : ask) });
    expect(finding?.texts.join()).toContain('keywords');
    expect(finding?.texts.join().length).toBeLessThan(300);
  });

  test('are told apart when row-level security is gone', { timeout: LONGEST_MS }, async () => {
    const { DATABASE_URL } = worlds.inhabited.stores;
    const client = new pg.Client({ connectionString: DATABASE_URL });
    await client.connect();
    try {
      await client.query('ALTER TABLE contents DISABLE ROW LEVEL SECURITY');
      const finding = await firstFinding({});
      expect(finding?.kind).toMatch(/foreign|difference/);
      expect(finding?.texts.join().length).toBeLessThan(300);
    } finally {
      await client.query('ALTER TABLE contents ENABLE ROW LEVEL SECURITY');
      await client.end();
    }
  });

  test('are not all: what a write changes of another tenant is seen in the stores', {
    timeout: LONGEST_MS,
  }, async () => {
    const [victim] = worlds.victims;
    const twice =
      (ask: Ask): Ask =>
      async (question) => {
        const isWrite = question.text.startsWith('mutation');
        if (victim && isWrite) await ask({ ...question, tenant: victim.tenant, requestId: `${question.requestId}-b` });
        return ask(question);
      };
    const finding = await firstFinding({ wrap: (ask, world) => (world === 'inhabited' ? twice(ask) : ask) });
    expect(finding?.kind).toBe('changed');
    expect(finding?.texts.filter((text) => text.startsWith('mutation'))).toHaveLength(1);
  });

  const firstFinding = async (options: Partial<FuzzOptions>) => {
    const { findings } = await fuzzer.run({ seed: 1, seconds: 200, maxFindings: 1, ...options });
    const [first] = findings;
    return first && { kind: first.verdict.kind, texts: first.questions.map(({ text }) => text) };
  };
});

const shown = ({ verdict, questions }: FuzzResult['findings'][number]) => [
  verdict,
  questions.map(({ text, variables }) => ({ text, variables })),
];

/** A machine that does much else starts two worlds slowly and makes a finding small slowly. */
const LONGEST_MS = 600_000;
/** Of both seeds together. */
const SECONDS = Number(process.env.FUZZ_SECONDS ?? 60);
