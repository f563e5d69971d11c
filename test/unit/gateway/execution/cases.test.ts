import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Federation, openFederation, supergraphOf, told, type World } from '../../../kit/federation.ts';
import { media } from './worlds/media.ts';
import { moves } from './worlds/moves.ts';
import { nulls } from './worlds/nulls.ts';
import { shop } from './worlds/shop.ts';

const WORLDS: readonly World[] = [shop, media, nulls, moves];

describe.each(WORLDS.map((world) => [world.name, world] as const))('%s', (_, world) => {
  let vanilla: Federation;
  let compiled: Federation;
  let overHttp: Federation;
  let asText: Federation;
  beforeAll(async () => {
    const sdl = supergraphOf(world);
    vanilla = await openFederation(world, sdl, { executor: 'vanilla' });
    compiled = await openFederation(world, sdl, { executor: 'compiled' });
    asText = await openFederation(world, sdl, { executor: 'compiled', toText: true });
    overHttp = await openFederation(world, sdl, { executor: 'compiled', json: true });
  });
  afterAll(async () => {
    expect((await compiled.metrics.expose()).text).not.toContain('fallbacks_total{');
    await Promise.all([vanilla, compiled, overHttp, asText].map((one) => one.close()));
  });

  test.each(world.cases.map(([name, ...operation]) => [name, operation] as const))(
    '%s',
    async (__, [query, variables]) => {
      const expected = await vanilla.run(query, variables);
      for (const federation of [compiled, overHttp, compiled, asText]) {
        const answer = await federation.run(query, variables);
        // As text, so that the order of fields counts.
        expect(JSON.stringify(answer.data, null, 1)).toBe(JSON.stringify(expected.data, null, 1));
        expect(told(answer)).toEqual(told(expected));
        // An `_entities` that failed as a whole is asked for again, without those it was merged with.
        if (told(expected).length === 0) expect(answer.fetches.length).toBeLessThanOrEqual(expected.fetches.length);
      }
    },
  );
});
