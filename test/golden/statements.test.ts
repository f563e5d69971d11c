import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dangerouslyWatchStatements, type Statement } from '#platform/statements';
import { isTier } from '#tenancy/tiers';
import { EXAMPLES, type SavedOperations, savedOperations, WAITS } from '#test/kit/examples';
import { printStatements } from '#test/kit/statements';
import { missingWall } from '#test/kit/walls';
import { startWorld } from '#test/kit/world';

/**
 * After a change that is meant, read the difference that
 * `npm test -- --project stores test/golden --update` leaves.
 */

/** In this process, so that its statements can be watched; over the stores that all tests share. */
let world: Awaited<ReturnType<typeof startWorld>>;
const sent: Statement[] = [];
const operations = new Map<string, SavedOperations>();
const ended: (() => unknown)[] = [];

beforeAll(async () => {
  world = await startWorld(process.env);
  ended.push(() => world.stop());
  for (const { slug } of world.demo.tenants) operations.set(slug, savedOperations(world, slug));
  ended.push(dangerouslyWatchStatements((statement) => sent.push(statement)));
});
afterAll(async () => {
  for (const end of ended.reverse()) await end();
});

describe('G4 the statements of each saved operation', () => {
  test.each(EXAMPLES.map(({ name }) => name))('%s are as reviewed, each behind its wall', async (name) => {
    const printed: string[] = [];
    for (const { id, slug, tier } of world.demo.tenants) {
      if (!isTier(tier)) throw new TypeError(`${tier} is no tier.`);
      sent.length = 0;
      await operations.get(slug)?.run(name);
      expect(sent.map((statement) => missingWall(statement, { id, tier })).filter(Boolean)).toEqual([]);
      printed.push(printStatements(sent, id));
    }
    if (name === WAITS) return expectAmongReviewed(name, printed);
    expect(new Set(printed).size, printed.join('\n---- another tenant ----\n')).toBe(1);
    await expect(printed[0]).toMatchFileSnapshot(`./${name}.txt`);
  });
});

/** Whether the request or the relay ends it is chance: either sends nothing that was not reviewed. */
async function expectAmongReviewed(name: string, printed: readonly string[]): Promise<void> {
  const reviewed = await readFile(new URL(`./${name}.txt`, import.meta.url), 'utf8');
  for (const statement of printed.flatMap((one) => one.split(/\n(?=-- )/)))
    expect(reviewed).toContain(statement.trim());
}
