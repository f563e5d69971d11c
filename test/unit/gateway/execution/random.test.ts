import { parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import type { SubgraphHost } from '#subgraphs/runtime/host';
import { createRandom } from '../../../fuzz/random.ts';
import { openFederation, supergraphOf, told } from '../../../kit/federation.ts';
import { randomOperation } from './random-operation.ts';
import { media } from './worlds/media.ts';
import { moves } from './worlds/moves.ts';
import { nulls } from './worlds/nulls.ts';
import { shop } from './worlds/shop.ts';

const SEED = Number(process.env.FUZZ_SEED ?? 1);
const OPERATIONS = Number(process.env.FUZZ_OPERATIONS ?? 60);

test.each([shop, media, nulls, moves].map((world) => [world.name, world] as const))(
  'random operations over %s have the answers of the stock executor',
  async (_, world) => {
    const sdl = supergraphOf(world);
    const vanilla = await openFederation(world, sdl, { executor: 'vanilla', wrap: withoutInterfaceNames });
    const compiled = await openFederation(world, sdl, { executor: 'compiled' });
    const asText = await openFederation(world, sdl, { executor: 'compiled', toText: true });
    const random = createRandom(SEED);
    let compared = 0;
    for (let turn = 0; turn < OPERATIONS; turn += 1) {
      const { query, variables } = randomOperation(vanilla.schema, random.fork());
      if (validate(vanilla.schema, parse(query)).length > 0) continue;
      const expected = await vanilla.run(query, variables);
      const answer = await compiled.run(query, variables);
      const shown = `${query}\n${JSON.stringify(variables)}`;
      expect(JSON.stringify(answer.data), shown).toBe(JSON.stringify(expected.data));
      expect(told(answer), shown).toEqual(told(expected));
      const written = await asText.run(query, variables);
      expect(JSON.stringify(written.data), shown).toBe(JSON.stringify(expected.data));
      expect(told(written), shown).toEqual(told(expected));
      compared += 1;
    }
    expect(compared).toBeGreaterThan(OPERATIONS / 2);
    await Promise.all([vanilla.close(), compiled.close(), asText.close()]);
  },
  // Mostly for planning, twice for each operation.
  120_000,
);

/**
 * The stock executor takes `Item`, which is how a subgraph with an interface
 * object calls an entity, for its type where that subgraph answers last.
 */
function withoutInterfaceNames(host: SubgraphHost): SubgraphHost {
  return {
    ...host,
    async execute(...call) {
      const result = await host.execute(...call);
      const entities = (result.data?._entities ?? []) as ({ __typename?: string } | null)[];
      for (const entity of entities) if (entity?.__typename === 'Item') delete entity.__typename;
      return result;
    },
  };
}
