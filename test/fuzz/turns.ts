import type { Random } from './random.ts';

/** Chooses what was chosen least often so far, mostly: a short run, too, asks for nearly all of the graph. */
export interface Turns {
  /** @param nameOf under which an item is counted @throws RangeError on an empty list */
  pick<T>(items: readonly T[], nameOf: (item: T) => string, random: Random): T;
}

export function createTurns(): Turns {
  const counts = new Map<string, number>();
  return {
    pick(items, nameOf, random) {
      const countOf = (item: (typeof items)[number]): number => counts.get(nameOf(item)) ?? 0;
      const least = Math.min(...items.map(countOf));
      const rare = items.filter((item) => countOf(item) === least);
      const item = random.pick(random.chance(RARE) ? rare : items);
      counts.set(nameOf(item), countOf(item) + 1);
      return item;
    },
  };
}

const RARE = 0.7;
