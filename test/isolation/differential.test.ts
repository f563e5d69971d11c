import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { apiSchemaOf } from '#schema/api';
import { readSupergraph } from '#schema/subgraphs';
import { createCoverage } from '#test/fuzz/coverage';
import { type RandomOperation, randomQuery } from '#test/fuzz/operations';
import { createRandom } from '#test/fuzz/random';
import type { Answer } from '#test/kit/client';
import { eraseTenant } from '#test/kit/erase';
import { type Population, populate } from '#test/kit/population';
import { createTenant, type TestTenant } from '#test/kit/tenants';
import { useWorld } from '#test/kit/world';

/** Depend on the clock or on the load, not on tenants. */
const UNSTABLE = new Set(['Freshness.lagSeconds', 'Store.latencyMs', 'Store.checkedAt', 'Store.state']);
const SEED = Number(process.env.FUZZ_SEED ?? 20_261_121);
const OPERATIONS = Number(process.env.FUZZ_OPERATIONS ?? 400);

/**
 * The oracle that needs no list of attacks: the same operations are run in a
 * world with another tenant and, once that tenant is erased past the product, in
 * a world without. Whatever differs is a leak, known or not.
 */
describe('the answers of a tenant', () => {
  const world = useWorld();
  const schema = apiSchemaOf(readSupergraph());
  const coverage = createCoverage(schema, UNSTABLE);
  let own: TestTenant;
  let other: TestTenant;
  let operations: readonly RandomOperation[];
  let withOther: readonly Answer[];

  beforeAll(async () => {
    [own, other] = await Promise.all([createTenant(world), createTenant(world, 'ENTERPRISE')]);
    const mine = await populate(own);
    const theirs = await populate(other);
    operations = createOperations(own, mine, other, theirs);
    withOther = await runAll(operations);
  }, 120_000);

  const createOperations = (a: TestTenant, mine: Population, b: TestTenant, theirs: Population): RandomOperation[] => {
    const ids = (population: Population) => [
      ...population.contentIds,
      ...population.topicIds.slice(0, 2),
      ...population.keywordIds.slice(0, 2),
      ...population.ideaIds,
    ];
    const pool = {
      ids: [...ids(mine), a.userIds.OWNER, ...ids(theirs), b.userIds.OWNER, randomUUID()],
      texts: [
        'shared',
        'shared-tag',
        a.canary,
        `${a.canary}-document-1`,
        'shared-topic',
        b.canary,
        `${b.canary}-document-1`,
      ],
      cursors: [...mine.cursors, ...theirs.cursors],
      times: ['2020-01-01T00:00:00.000Z', daysFromNow(-2), daysFromNow(-1), daysFromNow(1)],
    };
    const random = createRandom(SEED);
    return Array.from({ length: OPERATIONS }, () => randomQuery({ schema, pool, random, unstable: UNSTABLE }));
  };

  const runAll = async (all: readonly RandomOperation[]): Promise<Answer[]> => {
    const answers: Answer[] = [];
    const next = all.entries();
    const worker = async (): Promise<void> => {
      for (const [index, { query, variables }] of next)
        answers[index] = await own.as('OWNER').query(query, { ...variables });
    };
    await Promise.all(Array.from({ length: 4 }, worker));
    return answers;
  };

  test('hold no byte of another tenant', () => {
    for (const [index, { text }] of withOther.entries()) {
      const { query, variables } = operations[index] ?? {};
      // What the caller sent itself may come back in a message: look at the data alone for its canary.
      expect(
        JSON.stringify(withOther[index]?.data ?? null).includes(other.canary),
        `${query}\n${JSON.stringify(variables)}`,
      ).toBe(false);
      expect(text).not.toContain(other.id);
    }
  });

  test('reach nearly every field of the graph', () => {
    for (const [index, { data }] of withOther.entries()) coverage.add(data, operations[index]?.fields ?? new Set());
    process.stdout.write(
      `differential: ${OPERATIONS} operations, seed ${SEED}, ${(coverage.share * 100).toFixed(1)} % of fields\n`,
    );
    expect(coverage.share, `never answered: ${coverage.missing.join(', ')}`).toBeGreaterThan(0.9);
  });

  test('are the same when the other tenant was never there', { timeout: 120_000 }, async () => {
    await eraseTenant(other.id);
    const without = await runAll(operations);
    for (const [index, answer] of without.entries()) {
      const { query, variables } = operations[index] ?? {};
      expect(comparable(answer), `${query}\n${JSON.stringify(variables)}`).toEqual(comparable(withOther[index]));
    }
  });
});

const daysFromNow = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

/** Fields fail side by side, so the order of errors is that of the clock. */
const comparable = (answer: Answer | undefined) => ({
  data: answer?.data,
  errors: answer?.errors.map((error) => JSON.stringify(error)).sort(),
});
