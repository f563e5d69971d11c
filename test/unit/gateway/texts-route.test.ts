import { createHash } from 'node:crypto';
import Fastify from 'fastify';
import { afterEach, expect, test } from 'vitest';
import { textsRoute } from '#gateway/delivery/texts-route';
import type { TenantContext } from '#tenancy/context';

const PIECES = ['Größer ', 'than ', 'one piece. 🌷'];
const WHOLE = PIECES.join('');
const FACTS = {
  ...{ id: 'one', pieces: PIECES.length, originalBytes: Buffer.byteLength(WHOLE) },
  sha256: createHash('sha256').update(WHOLE).digest('hex'),
};
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** The route over a graph that answers with these facts and pieces. @returns what it asked, besides */
async function serve(facts: object | null, pieces: readonly (string | null)[]) {
  const asked: unknown[] = [];
  const app = Fastify();
  const caller = { tenant: {} as TenantContext, requestId: 'test' };
  const run = async (query: string, variables: Readonly<Record<string, unknown>>) => {
    if (query.includes('offloadedContext')) return { offloadedContext: facts };
    asked.push(variables.number);
    const text = pieces[Number(variables.number)];
    return { offloadedPiece: typeof text === 'string' ? { text } : null };
  };
  await app.register(textsRoute({ admit: async () => caller, graph: { run, checkInput: () => undefined } }));
  const url = await app.listen({ port: 0 });
  ends.push(() => app.close());
  return { asked, answer: () => fetch(`${url}/offloaded/one`) };
}

test('a text is given out a piece at a time, with its length and hash', async () => {
  const { answer, asked } = await serve(FACTS, PIECES);
  const response = await answer();
  expect(await response.text()).toBe(WHOLE);
  expect([response.headers.get('x-content-sha256'), response.headers.get('content-length')]).toEqual([
    FACTS.sha256,
    String(FACTS.originalBytes),
  ]);
  expect(asked).toEqual([0, 1, 2]);
});

test.each([
  ['was altered', ['Größer ', 'than ', 'one piece! 🌷']],
  ['was deleted meanwhile', ['Größer ', 'than ', null]],
])('a text that %s ends before its length', async (_, pieces) => {
  const { answer } = await serve(FACTS, pieces);
  const response = await answer();
  await expect(response.text()).rejects.toThrow();
});

test.each([
  ['that is not there', null],
  ['that is not complete', { ...FACTS, sha256: null }],
])('a text %s is not found', async (_, facts) => {
  const { answer, asked } = await serve(facts, PIECES);
  expect(await (await answer()).text()).toContain('There is no such offloaded text');
  expect(asked).toEqual([]);
});
