import { beforeAll, describe, expect, test } from 'vitest';
import { createLexicalEmbedder, textOfDocument } from '#platform/embedder';
import { untilFresh } from '#test/kit/population';
import { createTenant, type TestTenant } from '#test/kit/tenants';
import { useWorld } from '#test/kit/world';

const OWN = 12;
const THEIRS = { title: 'Tulips of the victim', body: 'The secret bulbs that nobody else plants.' };
let attacker: TestTenant;
let victim: TestTenant;
let theirId: string;
let theirVector: readonly number[];

beforeAll(async () => {
  const world = useWorld();
  [attacker, victim] = await Promise.all([createTenant(world), createTenant(world)]);
  for (let at = 0; at < OWN; at += 1) await create(attacker, { title: `Pool ${at}`, body: 'Connections, lent out.' });
  theirId = await create(victim, THEIRS);
  await Promise.all([untilFresh(attacker), untilFresh(victim)]);
  const [vector = []] = await createLexicalEmbedder().embed([textOfDocument(THEIRS.title, '', THEIRS.body)]);
  theirVector = vector;
});

describe('a tenant that knows the exact vector of another one’s document', () => {
  test('PG-22 is given its own documents, as many as it asked for', async () => {
    for (const like of [{ near: theirVector }, { near: theirVector, text: THEIRS.title }]) {
      const { nodes, totalCount } = await nearest(attacker, { ...like, first: 10 });
      expect(nodes.map(({ title }) => title)).toEqual(nodes.map(() => expect.stringMatching(/^Pool \d+$/)));
      expect([nodes.length, totalCount]).toEqual([10, OWN]);
    }
    expect((await nearest(victim, { near: theirVector, first: 1 })).nodes).toEqual([{ title: THEIRS.title }]);
  });

  test('PG-22 cannot search for what is like that document', async () => {
    const { errors } = await attacker.as('OWNER').query(SEARCH, { like: theirId, first: 10 });
    const { errors: ofNobody } = await attacker.as('OWNER').query(SEARCH, { like: crypto.randomUUID(), first: 10 });
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(ofNobody.map(({ extensions }) => extensions.code));
    expect(errors).not.toEqual([]);
  });

  test('PG-23 sees no score change when the other one writes next to it', async () => {
    const near = { near: theirVector, text: 'secret bulbs connections', first: 50 };
    const before = await nearest(attacker, near);
    for (let at = 0; at < 5; at += 1) await create(victim, { ...THEIRS, title: `${THEIRS.title} ${at}` });
    await untilFresh(victim);
    // One more of its own, so that no kept answer can stand in for the second one.
    await create(attacker, { title: 'Pool 99', body: 'Connections, lent out.' });
    await untilFresh(attacker);
    const after = await nearest(attacker, near);
    expect(after.totalCount).toBe(before.totalCount + 1);
    const scores = ({ edges }: Found) =>
      edges.flatMap(({ node, matches }) =>
        before.nodes.some(({ title }) => title === node.title)
          ? [[node.title, matches.find(({ source }) => source === 'VECTOR')?.score]]
          : [],
      );
    expect(scores(after).sort()).toEqual(scores(before).sort());
  });
});

const SEARCH = `query ($near: Vector, $like: ID, $text: String, $first: Int) {
  search(near: $near, like: $like, text: $text, first: $first) {
    nodes { title } totalCount edges { node { title } matches { source rank score } }
  }
}`;
interface Found {
  readonly nodes: readonly { readonly title: string }[];
  readonly totalCount: number;
  readonly edges: readonly {
    readonly node: { readonly title: string };
    readonly matches: readonly { readonly source: string; readonly score: number }[];
  }[];
}

async function nearest(tenant: TestTenant, variables: Record<string, unknown>): Promise<Found> {
  const { data, errors } = await tenant.as('OWNER').query(SEARCH, variables);
  expect(errors).toEqual([]);
  return (data as unknown as { search: Found }).search;
}

async function create(tenant: TestTenant, input: { readonly title: string; readonly body: string }): Promise<string> {
  const mutation = 'mutation ($input: CreateContentInput!) { createContent(input: $input) { content { id } } }';
  const { data } = await tenant.as('OWNER').query(mutation, { input });
  return (data as unknown as { createContent: { content: { id: string } } }).createContent.content.id;
}
