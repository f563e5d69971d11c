import type { GraphQLSchema } from 'graphql';
import { loadExamples } from '#schema/examples';
import { readSupergraph } from '#schema/subgraphs';
import { randomOperation as randomOverProduct } from '#test/fuzz/operations';
import { createRandom } from '#test/fuzz/random';
import { supergraphOf } from '#test/kit/federation';
import { randomOperation } from '#test/unit/gateway/execution/random-operation';
import { media } from '#test/unit/gateway/execution/worlds/media';
import { moves } from '#test/unit/gateway/execution/worlds/moves';
import { nulls } from '#test/unit/gateway/execution/worlds/nulls';
import { shop } from '#test/unit/gateway/execution/worlds/shop';
import type { OperationSet } from './fallbacks.ts';

/** What operations there are: those the product saves, the federation cases, and random ones over both. @param random of each kind */
export function operationSets(random: number): readonly OperationSet[] {
  const product = readSupergraph();
  const drawn = (draw: (schema: GraphQLSchema, seed: number) => string) => (schema: GraphQLSchema) =>
    Array.from({ length: random }, (_, seed) => draw(schema, seed));
  const overProduct = (kind: 'query' | 'mutation') =>
    drawn((schema, seed) => randomOverProduct({ schema, kind, pool: NOTHING, random: createRandom(seed) }).text);
  const worlds = [shop, media, nulls, moves].flatMap((world): OperationSet[] => {
    const supergraphSdl = supergraphOf(world);
    return [
      { name: `cases of ${world.name}`, supergraphSdl, documents: () => world.cases.map(([, query]) => query) },
      {
        name: `random queries of ${world.name}`,
        supergraphSdl,
        documents: drawn((schema, seed) => randomOperation(schema, createRandom(seed)).query),
      },
    ];
  });
  return [
    { name: 'saved operations', supergraphSdl: product, documents: () => loadExamples().map(({ query }) => query) },
    { name: 'random queries of the product', supergraphSdl: product, documents: overProduct('query') },
    { name: 'random mutations of the product', supergraphSdl: product, documents: overProduct('mutation') },
    ...worlds,
  ];
}

/** No operation here is run, so what its variables would mean is all the same. */
const NOTHING = {
  own: new Map(),
  others: new Map(),
  words: ['any'],
  times: [1, 2, 3, 4, 5, 6].map((month) => `2026-0${month}-01T00:00:00.000Z`),
};
