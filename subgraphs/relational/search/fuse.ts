/** Where search looks, in the order in which it tells of them. */
export const SOURCES = ['TEXT', 'TRIGRAM', 'VECTOR', 'GRAPH'] as const;
export type Source = (typeof SOURCES)[number];
export type Weights = Readonly<Record<Source, number>>;

/** What a source found, best first. */
export interface Hit {
  readonly id: string;
  readonly score: number;
}

export interface Match {
  readonly source: Source;
  /** From 1. */
  readonly rank: number;
  readonly score: number;
}

export interface FusedHit {
  readonly id: string;
  readonly score: number;
  readonly matches: readonly Match[];
}

/**
 * Reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009): scores of different sources cannot be compared, their
 * ranks can. Equal scores are ordered by id, so that the same finds make the same list.
 */
export function fuse(found: Partial<Readonly<Record<Source, readonly Hit[]>>>, weights: Weights): FusedHit[] {
  const matches = new Map<string, Match[]>();
  for (const source of SOURCES) {
    for (const [index, { id, score }] of (found[source] ?? []).entries()) {
      matches.set(id, [...(matches.get(id) ?? []), { source, rank: index + 1, score }]);
    }
  }
  const scoreOf = (all: readonly Match[]): number =>
    all.reduce((sum, { source, rank }) => sum + weights[source] / (K + rank), 0);
  return [...matches]
    .map(([id, all]) => ({ id, matches: all, score: scoreOf(all) }))
    .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
}

/** Of the paper: high ranks count little more than the next ones. */
const K = 60;
