import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type GraphWorld, migratedGraphWorld } from '../kit/neo4j.ts';

let world: GraphWorld;
let topics: Map<string, string>;
const LETTERS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
const idOf = (name: string | null): string | null => (name === null ? null : (topics.get(name) ?? 'none'));

beforeAll(async () => {
  world = await migratedGraphWorld();
  await world.a.save(...LETTERS.map((name) => ({ slug: name, topics: [{ name, relevance: 1 }] })));
  await world.a.save({ slug: 'both', topics: ['b', 'c'].map((name) => ({ name, relevance: 0.5 })) });
  await world.b.save({ slug: 'theirs', topics: [{ name: 'a', relevance: 1 }] });
  const rows = await world.a.neo4j.read<{ id: string; name: string }>(
    'MATCH (t:Topic {tenantId: $tenantId}) RETURN t.id AS id, t.name AS name',
  );
  topics = new Map(rows.map(({ name, id }) => [name, id]));
});
beforeEach(async () => {
  for (const name of LETTERS) await move(name, null);
});
afterAll(() => world.close());

async function move(topic: string, parent: string | null, tenant = world.a): Promise<string | undefined> {
  const mutation = 'mutation ($t: ID!, $p: ID) { moveTopic(topicId: $t, parentId: $p) { topic { parent { name } } } }';
  const { data, errors } = await tenant.ask(mutation, { t: idOf(topic), p: idOf(parent) });
  if (errors.moveTopic) return errors.moveTopic;
  expect(data).toEqual({ moveTopic: { topic: { parent: parent === null ? null : { name: parent } } } });
  return undefined;
}
async function look(name: string, fields: string): Promise<Record<string, unknown>> {
  const { data, errors } = await world.a.ask(`query ($id: ID!) { topic(id: $id) { ${fields} } }`, { id: idOf(name) });
  expect(errors).toEqual({});
  return (data as { topic: Record<string, unknown> }).topic;
}
/** Each under the one before. */
const chain = async (...names: string[]) => {
  for (const [at, name] of names.entries()) if (at > 0) await move(name, names[at - 1] ?? null);
};

describe('the taxonomy of topics', () => {
  it('is read upwards and downwards, by name', async () => {
    await chain('a', 'b', 'c');
    await move('d', 'a');
    const named = (...names: string[]) => names.map((name) => ({ name }));
    expect(await look('c', 'parent { name } ancestors { name } children { totalCount }')).toEqual({
      ...{ parent: { name: 'b' }, ancestors: named('b', 'a'), children: { totalCount: 0 } },
    });
    expect(await look('a', 'parent { name } children { nodes { name } } descendants { depth topic { name } }')).toEqual(
      {
        parent: null,
        children: { nodes: named('b', 'd') },
        descendants: [
          { depth: 1, topic: { name: 'b' } },
          { depth: 1, topic: { name: 'd' } },
          { depth: 2, topic: { name: 'c' } },
        ],
      },
    );
    expect(await look('a', 'descendants(depth: 1, first: 1) { topic { name } }')).toEqual({
      descendants: [{ topic: { name: 'b' } }],
    });
  });

  it('counts the documents of a branch once each', async () => {
    await chain('a', 'b', 'c');
    // One each of a, b and c, and one about b and c together.
    expect(await look('a', 'contentCount branchContentCount')).toEqual({ contentCount: 1, branchContentCount: 4 });
  });

  it('moves a topic with all that is below it, and leaves one parent', async () => {
    await chain('a', 'b', 'c');
    await move('b', 'd');
    expect(await look('c', 'ancestors { name }')).toEqual({ ancestors: [{ name: 'b' }, { name: 'd' }] });
    expect(await look('a', 'children { totalCount }')).toEqual({ children: { totalCount: 0 } });
  });

  it('has no topic below itself', async () => {
    await chain('a', 'b', 'c');
    expect([await move('a', 'a'), await move('a', 'b'), await move('a', 'c')]).toEqual(Array(3).fill('BAD_USER_INPUT'));
    expect(await look('c', 'ancestors { name }')).toEqual({ ancestors: [{ name: 'b' }, { name: 'a' }] });
  });

  it('has no cycle after many moves at once, and one of two that would make it together is refused', async () => {
    for (let round = 0; round < 10; round += 1) {
      await chain('a', 'b');
      await move('c', null);
      await chain('c', 'd');
      const outcomes = await Promise.all([move('a', 'd'), move('c', 'b')]);
      expect(outcomes.filter((code) => code === 'BAD_USER_INPUT')).toHaveLength(1);
      for (const name of ['a', 'c']) await move(name, null);
    }
  });

  it('has eight levels, moved subtrees included', async () => {
    await chain('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
    expect(await move('i', 'h')).toBe('LIMIT_EXCEEDED');
    expect(await move('a', 'i')).toBe('LIMIT_EXCEEDED');
    expect(await look('h', 'ancestors { name }')).toMatchObject({ ancestors: { length: 7 } });
  });

  it('is read in as many statements for all topics as for one', async () => {
    await chain('a', 'b', 'c');
    const ask = (first: number) =>
      world.a.ask(`{ topics(first: ${first}) { nodes { parent { name } ancestors { name } branchContentCount
        descendants { topic { name } } children { nodes { name } } } } }`);
    const [one, all] = [await ask(1), await ask(9)];
    expect([one.errors, all.errors]).toEqual([{}, {}]);
    // The first topic has no parent whose name would be asked for.
    expect(all.statements).toBeLessThanOrEqual(one.statements + 2);
    expect((await ask(5)).statements).toBe(all.statements);
  });

  it('knows no topic of another tenant', async () => {
    expect(await move('a', null, world.b)).toBe('NOT_FOUND');
    const { data } = await world.b.ask('{ topics { nodes { id } } }');
    const [theirs] = (data as { topics: { nodes: { id: string }[] } }).topics.nodes;
    const mutation = 'mutation ($t: ID!, $p: ID) { moveTopic(topicId: $t, parentId: $p) { topic { id } } }';
    expect((await world.a.ask(mutation, { t: idOf('a'), p: theirs?.id })).errors).toEqual({ moveTopic: 'NOT_FOUND' });
  });
});
