/** How reads are spread over the servers that may serve them. */
export const BALANCERS = ['ROUND_ROBIN', 'WEIGHTED_ROUND_ROBIN', 'LEAST_CONNECTIONS', 'RESPONSE_TIME'] as const;
export type BalancerName = (typeof BALANCERS)[number];

/** What the choice depends on. */
export interface Candidate {
  readonly name: string;
  readonly weight: number;
  active(): number;
  /** 0 where nothing has been measured. */
  responseMs(): number;
}

/** @returns one of the candidates; undefined where there are none */
export type Balancer = <C extends Candidate>(candidates: readonly C[]) => C | undefined;

export function createBalancer(name: BalancerName, random: () => number = Math.random): Balancer {
  switch (name) {
    case 'ROUND_ROBIN':
      return roundRobin();
    case 'WEIGHTED_ROUND_ROBIN':
      return weightedRoundRobin();
    case 'LEAST_CONNECTIONS':
      return (candidates) => least(candidates, (one) => one.active() / one.weight);
    case 'RESPONSE_TIME':
      return byResponseTime(random);
  }
}

function roundRobin(): Balancer {
  let turn = -1;
  return (candidates) => {
    turn += 1;
    return candidates[turn % candidates.length];
  };
}

/** Smooth, as nginx does it: a server of weight 3 among two of 1 is not chosen three times in a row. */
function weightedRoundRobin(): Balancer {
  const credit = new Map<string, number>();
  return (candidates) => {
    for (const { name, weight } of candidates) credit.set(name, (credit.get(name) ?? 0) + weight);
    const chosen = least(candidates, ({ name }) => -(credit.get(name) ?? 0));
    const total = candidates.reduce((sum, { weight }) => sum + weight, 0);
    if (chosen) credit.set(chosen.name, (credit.get(chosen.name) ?? 0) - total);
    return chosen;
  };
}

/** By chance, the quicker the likelier: the slowest still gets some, so that it is noticed when it recovers. */
function byResponseTime(random: () => number): Balancer {
  return (candidates) => {
    const chances = candidates.map((one) => 1 / Math.max(one.responseMs(), QUICKEST_MS));
    let left = random() * chances.reduce((sum, chance) => sum + chance, 0);
    for (const [at, candidate] of candidates.entries()) {
      left -= chances[at] ?? 0;
      if (left < 0) return candidate;
    }
    return candidates.at(-1);
  };
}

function least<C>(candidates: readonly C[], measure: (candidate: C) => number): C | undefined {
  let best: C | undefined;
  let lowest = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const value = measure(candidate);
    if (value < lowest) [best, lowest] = [candidate, value];
  }
  return best;
}

const QUICKEST_MS = 0.5;
