import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '#test/kit/client';
import { untilFresh } from '#test/kit/population';
import { createTenant, type TestTenant } from '#test/kit/tenants';
import { useWorld, type World } from '#test/kit/world';

let world: World;
let tenant: TestTenant;
let owner: Client;
const ids = new Map<string, string>();

/** Title, body, topics. */
const DOCUMENTS = [
  ['Connection pooling', 'A pool keeps database connections open and lends them out.', ['Databases']],
  ['Query planning', 'How a planner chooses an index for a statement.', ['Databases', 'Indexes']],
  ['Vector indexes', 'Approximate neighbours in many dimensions.', ['Indexes']],
  ['Gardening in spring', 'Tulips and daffodils need sun.', ['Plants']],
] as const;

beforeAll(async () => {
  world = useWorld();
  tenant = await createTenant(world);
  owner = tenant.as('OWNER');
  for (const [title, body, topics] of DOCUMENTS) {
    const input = { title, body, tags: [title[0]?.toLowerCase()], topics: topics.map((name) => ({ name })) };
    const mutation = 'mutation ($input: CreateContentInput!) { createContent(input: $input) { content { id } } }';
    const { data } = await owner.query(mutation, { input });
    ids.set(title, (data as unknown as { createContent: { content: { id: string } } }).createContent.content.id);
  }
  await untilFresh(tenant);
});

interface Found {
  readonly edges: readonly {
    readonly cursor: string;
    readonly score: number;
    readonly highlight: string | null;
    readonly node: { readonly title: string };
    readonly matches: readonly { readonly source: string; readonly rank: number; readonly score: number }[];
  }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly totalCount: number;
  readonly facets: readonly { readonly field: string; readonly value: string; readonly count: number }[];
  readonly sources: readonly { readonly source: string; readonly state: string; readonly reason: string | null }[];
}
const SEARCH = `query ($text: String, $like: ID, $near: Vector, $filter: ContentFilter, $weights: SearchWeights, $first: Int, $after: String) {
  search(text: $text, like: $like, near: $near, filter: $filter, weights: $weights, first: $first, after: $after) {
    edges { cursor score highlight node { title } matches { source rank score } }
    pageInfo { hasNextPage endCursor } totalCount facets { field value count } sources { source state reason }
  }
}`;
const ask = (variables: Record<string, unknown>, by: Client = owner) => by.query(SEARCH, variables);
const search = async (variables: Record<string, unknown>, by: Client = owner): Promise<Found> => {
  const { data, errors } = await ask(variables, by);
  expect(errors).toEqual([]);
  return (data as unknown as { search: Found }).search;
};
const titles = ({ edges }: Found) => edges.map(({ node }) => node.title);

describe('search', () => {
  it('ranks by words, vectors and the graph together, and says what each source said', async () => {
    const found = await search({ text: 'database connections' });
    expect(titles(found)[0]).toBe('Connection pooling');
    expect(found.edges[0]?.matches.map(({ source, rank }) => [source, rank])).toEqual([
      ['TEXT', 1],
      ['TRIGRAM', 1],
      ['VECTOR', 1],
      ['GRAPH', 1],
    ]);
    expect(found.edges[0]?.highlight).toContain('«database» «connections»');
    // None of the words is in it: the graph knows that it is about databases, too.
    const planning = found.edges.find(({ node }) => node.title === 'Query planning');
    expect(planning?.matches.map(({ source }) => source)).toContain('GRAPH');
    expect(found.sources.every(({ state }) => state === 'ANSWERED')).toBe(true);
  });

  it('finds documents like one, without that one, and leaves out sources that weigh nothing', async () => {
    const like = ids.get('Vector indexes');
    const found = await search({ like, weights: { vector: 0 } });
    expect(titles(found)).toEqual(['Query planning']);
    expect(found.sources.map(({ state }) => state)).toEqual(['SKIPPED', 'SKIPPED', 'SKIPPED', 'ANSWERED']);
  });

  it('finds misspelled titles by their trigrams', async () => {
    const found = await search({ text: 'gardning in sprng', weights: { vector: 0, graph: 0 } });
    expect(titles(found)).toEqual(['Gardening in spring']);
    expect(found.edges[0]?.matches.map(({ source }) => source)).toEqual(['TRIGRAM']);
  });

  it('takes a vector, and refuses one of another length', async () => {
    const near = Array.from({ length: 384 }, (_, at) => Math.sin(at));
    expect((await search({ near, weights: { graph: 0 } })).totalCount).toBe(DOCUMENTS.length);
    expect((await ask({ near: [1, 2] })).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it('counts and filters what all sources brought together', async () => {
    const all = await search({ text: 'index neighbours' });
    expect(all.facets[0]).toEqual({ field: 'status', value: 'DRAFT', count: all.totalCount });
    const some = await search({ text: 'index neighbours', filter: { tags: ['v'] } });
    expect(titles(some)).toEqual(['Vector indexes']);
    expect(some.facets).toContainEqual({ field: 'tag', value: 'v', count: 1 });
  });

  it('goes on page by page without repeating a document, though one comes in front meanwhile', async () => {
    const first = await search({ text: 'index', first: 2 });
    const input = { title: 'Index index index', body: 'index', topics: [{ name: 'Indexes' }] };
    await owner.query('mutation ($input: CreateContentInput!) { createContent(input: $input) { position } }', {
      input,
    });
    await untilFresh(tenant);
    const rest = await search({ text: 'index', first: 50, after: first.pageInfo.endCursor });
    const seen = [...titles(first), ...titles(rest)];
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(DOCUMENTS.slice(0, 3).map(([title]) => title)));
    expect(rest.pageInfo.hasNextPage).toBe(false);
  });

  it('says what is wrong with a question', async () => {
    const problem = async (variables: Record<string, unknown>) => (await ask(variables)).errors[0]?.message;
    expect(await problem({})).toBe('Give `text`, `like` or `near`: say what to search for.');
    expect(await problem({ text: 'x', first: 51 })).toBe('`first` is from 1 to 50; got 51.');
    expect(await problem({ text: 'x', weights: { text: 11 } })).toBe('`weights.text` is from 0 to 10; got 11.');
    expect(await problem({ text: 'x', after: 'bogus' })).toContain('cursor');
  });

  it('finds nothing of another tenant, by no source', async () => {
    const other = (await createTenant(world)).as('OWNER');
    const like = ids.get('Vector indexes');
    const [theirs, never] = [await ask({ like }, other), await ask({ like: tenant.id }, other)];
    expect(theirs.errors.map(({ message }) => message)).toEqual(never.errors.map(({ message }) => message));
    expect((await search({ text: 'database connections index' }, other)).totalCount).toBe(0);
  });
});
