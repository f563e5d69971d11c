import { PolygraphError } from '#platform/errors';
import type { SearchWeights } from '../generated/resolvers.ts';
import type { Weights } from './fuse.ts';

/** @throws PolygraphError LIMIT_EXCEEDED outside 0 to 10 */
export function checkWeights(given: SearchWeights | null | undefined): Weights {
  const { text, trigram, vector, graph } = given ?? {};
  return {
    TEXT: check('text', text ?? 1),
    TRIGRAM: check('trigram', trigram ?? 0.5),
    VECTOR: check('vector', vector ?? 0.6),
    GRAPH: check('graph', graph ?? 0.4),
  };
}

function check(name: string, weight: number): number {
  if (weight >= 0 && weight <= MOST) return weight;
  throw new PolygraphError('LIMIT_EXCEEDED', `\`weights.${name}\` is from 0 to ${MOST}; got ${weight}.`, {
    facts: { argument: `weights.${name}`, limit: MOST, given: weight },
  });
}

const MOST = 10;
