import type { TestTenant } from '#test/kit/tenants';
import type { FuzzWorld } from '../worlds/world.ts';
import { fillAnalytics } from './analytics.ts';
import { buryDeadLetters } from './dead-letters.ts';
import { fillIdeas } from './ideas.ts';
import { fillMemory } from './memory.ts';
import { fillPeople } from './people.ts';
import { runAs } from './run.ts';

export interface Filled {
  readonly tenant: TestTenant;
  readonly population: { readonly contentIds: readonly string[] };
}

/** What `populate` leaves empty, as most tests would be disturbed by it. */
export async function fill({ url }: Pick<FuzzWorld, 'url'>, all: readonly Filled[]): Promise<void> {
  await Promise.all(
    all.map(async ({ tenant, population: { contentIds } }) => {
      const run = runAs(tenant.as('OWNER'));
      await fillMemory(run, tenant);
      await fillAnalytics(run, tenant, contentIds);
      await fillIdeas(run, tenant, contentIds);
    }),
  );
  // Eight who accept an invitation at once from one address look like somebody who guesses.
  for (const { tenant } of all) await fillPeople(runAs(tenant.as('OWNER')), tenant, url);
}

/** Last, when nothing is to be projected any more. */
export async function giveUp({ stores }: Pick<FuzzWorld, 'stores'>, all: readonly Filled[]): Promise<void> {
  for (const { tenant, population } of all) {
    await buryDeadLetters(stores.DATABASE_URL ?? '', tenant, population.contentIds);
  }
}
