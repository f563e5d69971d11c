import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFuzzer, type Fuzzer, type FuzzResult } from '#test/fuzz/index';
import { summaryOf } from '#test/fuzz/summary';
import { openWorlds, type Worlds } from '#test/fuzz/worlds/index';

/**
 * The oracle that needs no list of attacks: the same operations are asked in a
 * world with other tenants and in one that has never heard of them. Whatever
 * differs is a leak, known or not. One seed is always the same, so that what was
 * found once is looked for again; the other is new, so that each run searches on.
 */
describe('the answers of a tenant', () => {
  let worlds: Worlds;
  let fuzzer: Fuzzer;

  beforeAll(async () => {
    worlds = await openWorlds({ progress: () => undefined });
    fuzzer = await createFuzzer(worlds);
  }, 300_000);
  afterAll(() => worlds?.stop(), 60_000);

  test.each([
    ['the seed of every run', 20_261_121],
    ['a new seed', Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31)],
  ])('are the same whether or not others are there: %s', { timeout: 240_000 }, async (_name, seed) => {
    const result = await fuzzer.run({ seed, seconds: SECONDS / 2 });
    process.stdout.write(`differential: seed ${seed}, ${summaryOf(result)}\n`);
    expect(shown(result)).toEqual([]);
    expect(result.counts.operations).toBeGreaterThan(100);
  });
});

const shown = ({ findings }: FuzzResult) =>
  findings.map(({ verdict, questions }) => [verdict, questions.map(({ text, variables }) => ({ text, variables }))]);

const SECONDS = Number(process.env.FUZZ_SECONDS ?? 60);
