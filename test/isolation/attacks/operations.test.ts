import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Tier } from '#tenancy/tiers';
import { type AttackWorld, openAttackWorld, WAYS, type Way } from '#test/kit/attack-world';
import { canariesIn, type Exchange, leaksOf, type Victim } from '#test/kit/canary';
import { populate, untilFresh } from '#test/kit/population';
import { createTenant } from '#test/kit/tenants';
import type { ReplyBody } from '#test/kit/wire';
import { type AttackCase, type Must, type Names, namesOf, namesOfNobody } from './case.ts';
import { REPRESENTATIONS } from './entities.ts';
import { INJECTED, SHAPES } from './inputs.ts';
import { MEMORY_READS, MEMORY_WRITES } from './memories.ts';
import { LISTS, pagesAfter, READS } from './reads.ts';
import { TWINS, WRITES } from './writes.ts';

/** Neighbours in one place, and tenants that have a place of their own. */
const PAIRS: readonly (readonly [attacker: Tier, victim: Tier])[] = [
  ['FREE', 'STANDARD'],
  ['STANDARD', 'PREMIUM'],
  ['PREMIUM', 'PREMIUM'],
  ['ENTERPRISE', 'ENTERPRISE'],
];

let world: AttackWorld;
beforeAll(async () => {
  world = await openAttackWorld();
});
afterAll(() => world?.close());

describe.each(PAIRS)('a %s tenant that knows every name and id of a %s one', (ofAttacker, ofVictim) => {
  let attacker: Victim;
  let victim: Victim;

  beforeAll(async () => {
    const [a, b] = await Promise.all([createTenant(world.world, ofAttacker), createTenant(world.world, ofVictim)]);
    attacker = { tenant: a, has: await populate(a, 2) };
    victim = { tenant: b, has: await populate(b) };
  });

  describe.each(WAYS)('through the %s', (way) => {
    const fit = ({ only = way }: AttackCase) => only === way;
    const titled = (cases: readonly AttackCase[]) =>
      cases.filter(fit).map((one) => [`${one.id} ${one.name}`, one] as const);

    // What is refused or taken as text before the tier matters is sent once.
    const inputs = ofAttacker === 'FREE' ? [...INJECTED, ...SHAPES] : [];
    test.each(titled([...LISTS, ...READS, ...MEMORY_READS, ...REPRESENTATIONS, ...inputs]))('%s', (_, one) =>
      expectHarmless(one, way),
    );

    test.each(titled([...WRITES, ...MEMORY_WRITES]))('%s, which changes nothing of it', async (_, one) => {
      const before = await stateOf(victim);
      await expectHarmless(one, way);
      expect(await stateOf(victim)).toEqual(before);
    });

    test('MG-11 the cursors of its pages', async () => {
      for (const one of pagesAfter(victim.has.cursors)) await expectHarmless(one, way);
    });

    test('leaves nothing of it in what monitoring reads', async () => {
      expect(canariesIn(victim, await world.metrics())).toEqual([]);
    });
  });

  // Once a pair: the second time the attacker has it already.
  test.each(TWINS.map((one) => [`${one.id} ${one.name}`, one] as const))('%s', async (_, one) => {
    const before = await stateOf(victim);
    await expectHarmless(one, 'gateway');
    await untilFresh(attacker.tenant);
    expect(await stateOf(victim)).toEqual(before);
  });

  const attack = (one: AttackCase, way: Way, their: Names): Promise<Exchange> => {
    const variables = one.variables?.(their, namesOf(attacker)) ?? {};
    return world.attack(attacker.tenant, way, { subgraph: one.subgraph, query: one.query, variables });
  };

  const expectHarmless = async (one: AttackCase, way: Way): Promise<void> => {
    const their = namesOf(victim);
    const exchange = await attack(one, way, their);
    const { must } = one;
    const { text, body } = exchange.reply;
    expect(leaksOf(victim, exchange, { echoes: mayEcho(must) }), text).toEqual([]);
    expect(codesOf(body), text).not.toContain('INTERNAL');
    if (must.kind === 'data') expect(body?.data, text).toEqual(must.data(namesOf(attacker), their));
    if (must.kind === 'refused') expectRefusal(exchange);
    if (must.kind === 'like nobody')
      expect(shapeOf(exchange)).toEqual(shapeOf(await attack(one, way, namesOfNobody())));
  };
});

/** A subgraph gives back the key of an entity that it was asked for; the comparison with nobody's tells whether it knew it. */
const mayEcho = (must: Must): boolean => must.kind === 'like nobody' || (must.kind === 'data' && must.echoes === true);

function expectRefusal({ reply: { body, text } }: Exchange): void {
  expect(
    Object.values(body?.data ?? {}).every((value) => value === null),
    text,
  ).toBe(true);
  expect(codesOf(body), text).not.toEqual([]);
}

const codesOf = (body: ReplyBody | undefined) => (body?.errors ?? []).map(({ extensions }) => extensions?.code);

/** An answer without the names that were sent, by which alone two questions may differ. */
function shapeOf({ reply: { status, text } }: Exchange): unknown {
  const withoutNames = text
    .replace(/[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}/gi, '<id>')
    .replace(/canary[0-9a-f]{8,}/g, '<name>')
    .replace(/"requestId":"[^"]*"/, '"requestId":"<id>"');
  const { data, errors } = JSON.parse(withoutNames) as ReplyBody;
  return { status, data, errors };
}

/** Everything of the victim's that somebody else might have changed. */
async function stateOf({ tenant, has }: Victim): Promise<unknown> {
  const { data } = await tenant.as('OWNER').query(STATE, { id: has.contentIds[1], ...SPAN });
  return data;
}

const SPAN = {
  from: new Date(Date.now() - 86_400_000).toISOString(),
  to: new Date(Date.now() + 86_400_000).toISOString(),
};
const STATE = `query ($id: ID!, $from: DateTime!, $to: DateTime!) {
  content(id: $id) { title status revision deletedAt views topics { nodes { name } } versions { number } optimizations { id status decidedAt } attachments { id sha256 } }
  contents { totalCount }
  modelUsage(from: $from, to: $to, by: MODEL) { calls }
  events { nodes { id } }
  topics { nodes { name contentCount } }
  memories { nodes { content revision tags relevanceScore related { kinds } context { name isolationLevel } } }
  competitors { nodes { name topics { totalCount } } }
}`;
