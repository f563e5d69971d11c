import { describe, expect, it } from 'vitest';
import { fuse } from '#subgraphs/relational/search/fuse';

const WEIGHTS = { TEXT: 1, TRIGRAM: 1, VECTOR: 1, GRAPH: 0.5 };
const hits = (...ids: string[]) => ids.map((id, index) => ({ id, score: 100 - index }));

describe('fusion by reciprocal rank', () => {
  it('puts what two sources agree on before what one alone finds best', () => {
    const fused = fuse({ TEXT: hits('a', 'b'), VECTOR: hits('c', 'b') }, WEIGHTS);
    expect(fused.map(({ id }) => id)).toEqual(['b', 'a', 'c']);
    expect(fused[0]?.score).toBeCloseTo(2 / 62);
    expect(fused[0]?.matches).toEqual([
      { source: 'TEXT', rank: 2, score: 99 },
      { source: 'VECTOR', rank: 2, score: 99 },
    ]);
  });

  it('counts each source by its weight', () => {
    const fused = fuse({ TEXT: hits('a'), GRAPH: hits('b') }, WEIGHTS);
    expect(fused.map(({ id, score }) => [id, score])).toEqual([
      ['a', 1 / 61],
      ['b', 0.5 / 61],
    ]);
  });

  it('orders equal scores by id, whichever source came first', () => {
    const [one, other] = [
      fuse({ TEXT: hits('b'), VECTOR: hits('a') }, WEIGHTS),
      fuse({ TEXT: hits('a'), VECTOR: hits('b') }, WEIGHTS),
    ];
    expect(one.map(({ id }) => id)).toEqual(other.map(({ id }) => id));
  });
});
