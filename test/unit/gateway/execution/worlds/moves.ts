import type { World } from '../../../../kit/federation.ts';

const ref = (thing: Record<string, unknown>) => thing;

/** @override with and without labels, @shareable, chains of keys, keys of several fields, keys that are objects and lists, @inaccessible. */
export const moves: World = {
  name: 'moves',
  subgraphs: {
    old: {
      sdl: `
        type Query { posts: [Post!]!  spot: Position! @shareable  chain: A!  members: [Member!]! }
        type Post @key(fields: "id") { id: ID!  title: String!  likes: Int!  views: Int! @shareable  hidden: String @inaccessible }
        type Position @shareable { x: Int!  y: Int! }
        type A @key(fields: "aId") { aId: ID!  name: String! }
        type Member @key(fields: "org { id } seat") { org: Org!  seat: Int!  since: Int }
        type Org { id: ID! }
      `,
      resolvers: {
        Query: {
          posts: () => [{ id: '1' }, { id: '2' }],
          spot: () => ({ x: 1, y: 2 }),
          chain: () => ({ aId: 'a', name: 'first' }),
          members: () => [
            { org: { id: 'x' }, seat: 1, since: 1990 },
            { org: { id: 'y' }, seat: 2, since: null },
          ],
        },
        Post: {
          __resolveReference: ref,
          title: ({ id }: { id: string }) => `old ${id}`,
          likes: () => -1,
          views: ({ id }: { id: string }) => Number(id) * 100,
          hidden: () => 'h',
        },
        Member: { __resolveReference: ref },
      },
    },
    next: {
      sdl: `
        type Query { newest: Post }
        type Post @key(fields: "id") {
          id: ID!
          likes: Int! @override(from: "old")
          title: String! @override(from: "old", label: "percent(0)")
          views: Int! @shareable
          comments: [Comment!]!
        }
        type Comment @key(fields: "post { id } no") { post: Post!  no: Int!  text: String! }
        type A @key(fields: "aId") @key(fields: "bId") { aId: ID!  bId: ID! }
        type Position @shareable { x: Int!  y: Int! }
        type Member @key(fields: "org { id } seat") { org: Org!  seat: Int!  badge: String!  at: Position! }
        type Org { id: ID! @shareable }
      `,
      resolvers: {
        Query: { newest: () => ({ id: '2' }) },
        Post: {
          __resolveReference: ref,
          likes: ({ id }: { id: string }) => Number(id) * 7,
          title: ({ id }: { id: string }) => `new ${id}`,
          views: ({ id }: { id: string }) => Number(id) * 100,
          comments: ({ id }: { id: string }) => [1, 2].map((no) => ({ post: { id }, no, text: `text ${no}` })),
        },
        Comment: { __resolveReference: ref },
        A: { __resolveReference: ref, aId: () => 'a', bId: () => 'b' },
        Member: {
          __resolveReference: ref,
          badge: ({ org, seat }: { org: { id: string }; seat: number }) => `${org.id}-${seat}`,
          at: ({ seat }: { seat: number }) => ({ x: seat, y: -seat }),
        },
      },
    },
    last: {
      sdl: `
        type A @key(fields: "bId") @key(fields: "cIds") { bId: ID!  cIds: [ID!]! }
        type Comment @key(fields: "post { id } no") { post: Post!  no: Int!  mood: String!  author: Member }
        type Post @key(fields: "id", resolvable: false) { id: ID! }
        type Member @key(fields: "org { id } seat", resolvable: false) { org: Org!  seat: Int! }
        type Org { id: ID! @shareable }
      `,
      resolvers: {
        A: { __resolveReference: ref, bId: () => 'b', cIds: () => ['c1', 'c2'] },
        Comment: {
          __resolveReference: ref,
          mood: ({ no }: { no: number }) => (no === 1 ? 'glad' : 'sad'),
          author: ({ no }: { no: number }) => (no === 1 ? { org: { id: 'x' }, seat: 1 } : null),
        },
      },
    },
    end: {
      sdl: `
        type A @key(fields: "cIds") { cIds: [ID!]!  done: Boolean!  path(sep: String! = "-"): String! }
      `,
      resolvers: {
        A: {
          __resolveReference: ref,
          done: () => true,
          path: ({ cIds }: { cIds: string[] }, { sep }: { sep: string }) => cIds.join(sep),
        },
      },
    },
  },
  cases: [
    ['overridden field', '{ posts { id likes } }'],
    ['field overridden for none', '{ posts { title } }'],
    ['both', '{ posts { title likes views } }'],
    ['from the new subgraph', '{ newest { id title likes views } }'],
    ['shareable root', '{ spot { x y } }'],
    ['shareable value type', '{ spot { x } members { at { x y } } }'],
    ['a chain of keys', '{ chain { done } }'],
    ['a chain of keys with an argument', 'query($s: String!) { chain { name path(sep: $s) } }', { s: '/' }],
    ['a chain, with all on the way', '{ chain { aId bId cIds done name } }'],
    ['nested key', '{ members { badge since } }'],
    ['nested key, aliased', '{ members { o: org { i: id } badge } }'],
    ['nested key, partly selected', '{ members { seat at { y } } }'],
    ['key with an entity in it', '{ posts { comments { text mood } } }'],
    ['key with an entity in it, both ways', '{ posts { comments { no mood post { likes title } } } }'],
    ['not resolvable there', '{ posts { comments { author { badge since org { id } } } } }'],
    ['not resolvable, key only', '{ posts { comments { author { seat } } } }'],
    ['inaccessible is unknown to introspection', '{ __type(name: "Post") { fields { name } } }'],
    [
      'everything',
      '{ posts { id title likes views comments { no text mood author { seat since badge at { x } } } } newest { title } chain { done } }',
    ],
  ],
};
