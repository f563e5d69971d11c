import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { openFederation, supergraphOf, type World } from '../../../kit/federation.ts';
import { media } from './worlds/media.ts';

/** Where the stock executor answers wrongly: ours is held against the specification instead. */
async function both(world: World, query: string) {
  const sdl = supergraphOf(world);
  const answers = [];
  for (const executor of ['vanilla', 'compiled'] as const) {
    const federation = await openFederation(world, sdl, { executor });
    answers.push(await federation.run(query));
    await federation.close();
  }
  const [vanilla, compiled] = answers;
  return { vanilla, compiled };
}

const plain = (data: unknown): unknown => JSON.parse(JSON.stringify(data ?? null));

test('an interface object that answers last does not take an entity its type', async () => {
  const query = `query($no: Boolean = false) {
    item(id: "b2") { similar { ... on Film { __typename raters { wrote { id isbn @skip(if: $no) } } } } }
  }`;
  const { vanilla, compiled } = await both(media, query);
  const raters = ['b1', 'b2'].map((id) => ({ wrote: [{ id, isbn: `isbn-${id}` }] }));
  const expected = { item: { similar: [{ __typename: 'Film', raters }, {}] } };
  expect(plain(vanilla?.data)).not.toEqual(expected);
  expect(plain(compiled?.data)).toEqual(expected);
});

const PARTS: World = {
  name: 'parts',
  cases: [],
  subgraphs: {
    a: {
      sdl: 'type Query { things: [Thing!]! } type Thing @key(fields: "id") { id: ID! }',
      resolvers: { Query: { things: () => ['1', '2', '3'].map((id) => ({ id })) } },
    },
    b: {
      sdl: 'type Thing @key(fields: "id") { id: ID!  size: Int }',
      resolvers: {
        Thing: {
          // 1 is not there at all, so nothing that requires its size can be asked for.
          __resolveReference: ({ id }: { id: string }) => (id === '1' ? null : { id }),
          size: ({ id }: { id: string }) => Number(id),
        },
      },
    },
    c: {
      sdl: 'type Thing @key(fields: "id") { id: ID!  size: Int @external  weight: Int @requires(fields: "size") }',
      resolvers: {
        Thing: {
          __resolveReference: (thing: Record<string, unknown>) => thing,
          weight: ({ id }: { id: string }) => {
            if (id === '3') throw new Error('too heavy');
            return 5;
          },
        },
      },
    },
  },
};

test('an error is at the entity it is about, whichever entities were left out before it', async () => {
  const { vanilla, compiled } = await both(PARTS, '{ things { id weight } }');
  expect(compiled?.data).toEqual(vanilla?.data);
  expect(vanilla?.errors.map((error) => error.split(' ')[0])).not.toEqual(['things.2.weight']);
  expect(compiled?.errors.map((error) => error.split(' ')[0])).toEqual(['things.2.weight']);
});

const NOTES: Readonly<Record<string, readonly string[]>> = { p1: ['a', 'b', 'c'], p2: ['d', 'e', 'f'] };

/** `last` is made of three notes, however many the client asks for. */
const POSTS: World = {
  name: 'posts',
  cases: [],
  subgraphs: {
    a: {
      sdl: 'type Query { feed: [Post!]! } type Post @key(fields: "id") { id: ID! }',
      resolvers: { Query: { feed: () => [{ id: 'p1' }, { id: 'p2' }] } },
    },
    b: {
      sdl: `type Post @key(fields: "id") { id: ID!  notes(first: Int!): [Note]! }
            type Note @key(fields: "id") { id: ID!  writer: ID }`,
      resolvers: {
        Post: {
          __resolveReference: (post: object) => post,
          notes({ id }: { id: string }, { first }: { first: number }) {
            if (first === 2) throw new Error('never two');
            return NOTES[id]?.slice(0, first).map((note) => ({ id: note, writer: `w-${note}` }));
          },
        },
      },
    },
    c: {
      sdl: `type Post @key(fields: "id") {
              id: ID!  notes(first: Int!): [Note]! @external
              last: String @requires(fields: "notes(first: 3) { writer }")
            }
            type Note @key(fields: "id") { id: ID!  writer: ID @external }`,
      resolvers: {
        Post: {
          __resolveReference: (post: object) => post,
          last: ({ notes }: { notes: { writer: string }[] }) => `${notes.length} ${notes.at(-1)?.writer}`,
        },
      },
    },
  },
};

test.each([
  ['', 'notes', '{ feed { last notes(first: 1) { id } } }', false],
  ['with an alias', 'some', '{ feed { last some: notes(first: 1) { id } } }', true],
  ['in a fragment', 'notes', '{ feed { ...P last } } fragment P on Post { notes(first: 1) { id } }', false],
])(
  'what @requires asks with arguments is not what the client asks with others %s',
  async (_, name, query, vanillaToo) => {
    const sdl = supergraphOf(POSTS);
    const feed = [
      { last: '3 w-c', [name]: [{ id: 'a' }] },
      { last: '3 w-f', [name]: [{ id: 'd' }] },
    ];
    for (const options of [{}, { toText: true }]) {
      const federation = await openFederation(POSTS, sdl, { executor: 'compiled', ...options });
      const { data, errors } = await federation.run(query);
      expect([plain(data), errors]).toEqual([{ feed }, []]);
      await federation.close();
    }
    const vanilla = await openFederation(POSTS, sdl, { executor: 'vanilla' });
    expect(isDeepStrictEqual(plain((await vanilla.run(query)).data), { feed })).toBe(vanillaToo);
    await vanilla.close();
  },
);

test('an error of such a field is told by the name that the client gave it', async () => {
  const { compiled } = await both(POSTS, '{ feed { last pair: notes(first: 2) { id } } }');
  expect(compiled?.errors.map((error) => error.split(' ')[0])).toContain('feed.0.pair');
  expect(JSON.stringify(compiled)).not.toMatch(/"(errors|data)":.*_polygraph_own_.*"fetches"/);
});

const ONE = { id: '1', code: { one: 'a', two: 'b', three: 'c' }, name: 'first' };

/** `sales` finds a part by its last key, and gives the others. */
const PARTS_BY_KEYS: World = {
  name: 'keys',
  cases: [],
  subgraphs: {
    stock: {
      sdl: `type Part @key(fields: "id") @key(fields: "id code { two three }", resolvable: false) {
              id: ID!  code: Code!  name: String!
            }
            type Code @shareable { one: ID!  two: ID!  three: ID! }`,
      resolvers: { Part: { __resolveReference: () => ONE } },
    },
    sales: {
      sdl: `type Query { parts: [Part!]! }
            type Part @key(fields: "code { one two }", resolvable: false) @key(fields: "id code { two three }")
                      @key(fields: "id", resolvable: false) {
              id: ID!  code: Code!  name: String! @external  label: String @requires(fields: "name")
            }
            type Code @shareable { one: ID!  two: ID!  three: ID! }`,
      resolvers: {
        Query: { parts: () => [{ id: ONE.id, code: ONE.code }] },
        Part: {
          __resolveReference({ id, code, name }: { id?: string; code?: { three?: string }; name: string }) {
            if (!id || !code?.three) throw new Error('this is not the key');
            return { ...ONE, name };
          },
          label: ({ name }: { name: string }) => `the ${name}`,
        },
      },
    },
  },
};

test('a subgraph is asked with a key that it can use, where it has others that it cannot', async () => {
  const { vanilla, compiled } = await both(PARTS_BY_KEYS, '{ parts { id label } }');
  expect(vanilla?.errors.join()).toContain('this is not the key');
  expect(compiled?.errors).toEqual([]);
  expect(plain(compiled?.data)).toEqual({ parts: [{ id: '1', label: 'the first' }] });
});

/** Nothing implements `Node` where `a` is, and whoever has its `field` cannot find one. */
const UNREACHABLE: World = {
  name: 'unreachable',
  cases: [],
  subgraphs: {
    x: { sdl: 'type Query { a: Node } interface Node @key(fields: "id") { id: ID! }', resolvers: {} },
    y: {
      sdl: `type Query { b: Node }
            type Node @key(fields: "id", resolvable: false) @interfaceObject { id: ID!  field: String }`,
      resolvers: { Query: { b: () => ({ id: 'n1', field: 'foo' }) } },
    },
  },
};

test.each([
  ['alone', '{ a { field } }', { a: null }, ['a NOT_SUPPORTED']],
  ['with an alias', '{ c: a { field } b { field } }', { c: null, b: { field: 'foo' } }, ['c NOT_SUPPORTED']],
  ['in a fragment', '{ ...F } fragment F on Query { a { field } }', { a: null }, ['a NOT_SUPPORTED']],
  ['not asked for after all', 'query($yes: Boolean = true) { a @skip(if: $yes) { field } }', {}, []],
  ['that can be reached', '{ b { id field } }', { b: { id: 'n1', field: 'foo' } }, []],
])('a field of an interface object that no subgraph can find has an error, %s', async (_, query, data, errors) => {
  const { vanilla, compiled } = await both(UNREACHABLE, query);
  expect(vanilla?.errors).toEqual([]);
  expect(plain(compiled?.data)).toEqual(data);
  expect(compiled?.errors.map((error) => error.split(' ').slice(0, 2).join(' '))).toEqual(errors);
});
