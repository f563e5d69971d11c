import { GraphQLScalarType } from 'graphql';
import type { World } from '../../../../kit/federation.ts';

const fail = (code: string) => () => {
  throw Object.assign(new Error(`no ${code}`), { extensions: { code } });
};
const idOf = ({ id }: { id: string }) => ({ id });

/** What goes wrong: nulls that bubble, errors in fields, entities and whole fetches, values of the wrong form. */
export const nulls: World = {
  name: 'nulls',
  subgraphs: {
    one: {
      sdl: `
        scalar Blob
        type Query { things: [Thing]!  strict: [Thing!]!  lone: Lone  must: Thing!  broken: Int  brokenMust: Int!  blobs: Blob  wrong: Wrong  deep: Deep }
        type Mutation { fails: Int  failsMust: Int!  works: Int }
        type Thing @key(fields: "id") { id: ID!  label: String  early: String! }
        type Lone @key(fields: "id") { id: ID! }
        type Wrong { int: Blob  list: [Int]  color: Color }
        enum Color { RED GREEN }
        type Deep @key(fields: "id") { id: ID!  inner: Inner! }
        type Inner { things: [Thing!]!  thing: Thing! }
      `,
      resolvers: {
        Blob: new GraphQLScalarType({ name: 'Blob' }),
        Query: {
          things: () => [{ id: '1' }, null, { id: '2' }, { id: '3' }, { id: '4' }, { id: '1' }],
          strict: () => [{ id: '1' }, { id: '2' }],
          lone: () => ({ id: '1' }),
          must: () => ({ id: '2' }),
          broken: fail('FORBIDDEN'),
          brokenMust: fail('NOT_FOUND'),
          blobs: () => ({ a: [1, { b: null }], __typename: 'any', constructor: 5 }),
          wrong: () => ({ int: 1, list: [1, null, 3], color: 'RED' }),
          deep: () => ({ id: '1', inner: { things: [{ id: '1' }, { id: '3' }], thing: { id: '2' } } }),
        },
        Mutation: { fails: fail('CONFLICT'), failsMust: fail('CONFLICT'), works: () => 1 },
        Thing: {
          __resolveReference: idOf,
          label: ({ id }: { id: string }) => `Thing ${id}`,
          early: ({ id }: { id: string }) => (id === '4' ? fail('GONE')() : `early ${id}`),
        },
      },
    },
    two: {
      sdl: `
        type Query { never: Thing }
        type Thing @key(fields: "id") { id: ID!  late: String!  maybe: String  parts: [Part!]  owner: Owner!  needed: Int }
        type Part { name: String!  size: Int! }
        type Owner @key(fields: "id") { id: ID! }
        type Lone @key(fields: "id") { id: ID!  must: String! }
        type Deep @key(fields: "id") { id: ID!  extra: Int! }
      `,
      resolvers: {
        Query: { never: () => null },
        Thing: {
          // 2 is not there, 3 cannot be read at all.
          __resolveReference: ({ id }: { id: string }) => (id === '2' ? null : id === '3' ? fail('TENANT')() : { id }),
          late: ({ id }: { id: string }) => (id === '4' ? fail('LATE')() : `late ${id}`),
          maybe: ({ id }: { id: string }) => (id === '1' ? fail('MAYBE')() : 'perhaps'),
          parts: () => [
            { name: 'a', size: 1 },
            { name: 'b', size: fail('SIZE') },
          ],
          owner: ({ id }: { id: string }) => ({ id: `o${id}` }),
          needed: () => 5,
        },
        Lone: { __resolveReference: () => null },
        Deep: { __resolveReference: idOf, extra: fail('EXTRA') },
      },
    },
    three: {
      sdl: `
        type Owner @key(fields: "id") { id: ID!  name: String!  nick: String }
        type Thing @key(fields: "id") { id: ID!  maybe: String @external  needed: Int @external  built: String @requires(fields: "maybe")  sum: Int! @requires(fields: "needed") }
      `,
      resolvers: {
        Owner: {
          __resolveReference: idOf,
          name: ({ id }: { id: string }) => (id === 'o4' ? null : `Owner ${id}`),
          nick: fail('NICK'),
        },
        Thing: {
          __resolveReference: (thing: Record<string, unknown>) => thing,
          built: ({ maybe }: { maybe?: string | null }) => `from ${maybe}`,
          sum: ({ needed }: { needed?: number | null }) => (needed ?? 0) + 1,
        },
      },
    },
  },
  cases: [
    ['nullable error', '{ broken }'],
    ['error in a non-null root', '{ brokenMust }'],
    ['non-null root beside another', '{ lone { id } brokenMust }'],
    ['a nullable list with null elements', '{ things { id label } }'],
    ['non-null within the first subgraph', '{ things { id early } }'],
    ['non-null field of an entity', '{ things { id late } }'],
    ['nullable field of an entity', '{ things { id maybe } }'],
    ['non-null entities in a non-null list', '{ strict { id late } }'],
    ['nullable field in a non-null list', '{ strict { id maybe } }'],
    ['non-null entity at the root', '{ must { late } }'],
    ['nullable at a non-null root', '{ must { label maybe } }'],
    ['entity not found, nullable object', '{ lone { id must } }'],
    ['entity not found beside', '{ lone { must } broken }'],
    ['parts of an entity', '{ things { parts { name size } } }'],
    ['parts that are fine', '{ things { parts { name } } }'],
    ['entities of entities', '{ things { owner { name } } }'],
    ['errors in entities of entities', '{ things { owner { nick } } }'],
    ['requires of a null', '{ things { built } }'],
    ['requires of an entity not found', '{ things { sum } }'],
    ['requires non-null, and what is required', '{ things { needed sum } }'],
    ['deep non-null', '{ deep { inner { things { label late } thing { label } } } }'],
    ['deep non-null beside', '{ deep { extra inner { thing { label } } } }'],
    ['deep non-null of one', '{ deep { inner { thing { late } } } lone { id } }'],
    ['aliases in error paths', '{ all: things { x: late y: maybe } }'],
    [
      'fragment and null',
      '{ things { ...A ...B } } fragment A on Thing { id late } fragment B on Thing { maybe late }',
    ],
    ['custom scalar', '{ blobs }'],
    ['custom scalar aliased', '{ a: blobs b: blobs }'],
    ['lists of leaves', '{ wrong { int list color } }'],
    ['lists of leaves twice', '{ wrong { list ...W } } fragment W on Wrong { list color }'],
    ['null at the root of another subgraph', '{ never { late } lone { id } }'],
    ['mutation that fails', 'mutation { fails }'],
    ['mutation that fails and goes on', 'mutation { fails works }'],
    ['non-null mutation that fails', 'mutation { works failsMust }'],
    ['the same entity twice, with errors', '{ a: things { late } b: things { maybe } }'],
    ['skipped errors', 'query($s: Boolean!) { things { id late @skip(if: $s) } }', { s: true }],
    ['not skipped errors', 'query($s: Boolean!) { things { id late @skip(if: $s) } }', { s: false }],
    ['wide', '{ things { id label early late maybe parts { name size } owner { id name nick } needed sum built } }'],
  ],
};
