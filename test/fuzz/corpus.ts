import type { Random } from './random.ts';

/** What has been asked before, to be asked again by somebody else and with other values. */
export interface Corpus<T> {
  next(make: () => T, random: Random): { readonly item: T; readonly isNew: boolean };
}

export interface CorpusOptions {
  /** Until there are so many, all are new: a short run sees much of the graph. */
  readonly least: number;
  /** More would not fit into what the gateway and Neo4j keep of what they have planned. */
  readonly most: number;
  /** How many are new after that, 0 to 1. */
  readonly share: number;
}

/**
 * To plan a document costs the gateway and Neo4j a hundred times what answering it
 * once more does. The values are what attacks, so most documents are known ones,
 * by turns of all attackers and victims.
 */
export function createCorpus<T>({ least, most, share }: CorpusOptions): Corpus<T> {
  const items: T[] = [];
  return {
    next(make, random) {
      if (items.length >= least && !random.chance(share)) return { item: random.pick(items), isNew: false };
      const item = make();
      if (items.length < most) items.push(item);
      else items[random.integer(most)] = item;
      return { item, isNew: true };
    },
  };
}
