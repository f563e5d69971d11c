import type { World } from '../../../../kit/federation.ts';

const ITEMS = [
  { __typename: 'Book', id: 'b1', title: 'Emma', pages: 474, authorId: 'p1' },
  { __typename: 'Film', id: 'f1', title: 'Alien', minutes: 117 },
  { __typename: 'Book', id: 'b2', title: 'Ulysses', pages: 730, authorId: 'p2' },
  { __typename: 'Song', id: 's1', title: 'Yesterday', minutes: 2 },
];
const itemOf = ({ id }: { id: string }) => ITEMS.find((item) => item.id === id);

/** Interfaces, unions, an entity interface with @interfaceObject, abstract types across subgraphs. */
export const media: World = {
  name: 'media',
  subgraphs: {
    catalogue: {
      sdl: `
        type Query { items: [Item!]!  item(id: ID!): Item  books: [Book!]!  search(word: String): [Hit]!  shelf: [[Item]!]!  pair: Named }
        interface Named { title: String! }
        interface Item @key(fields: "id") { id: ID!  title: String!  similar: [Item!]! }
        type Book implements Item & Named @key(fields: "id") { id: ID!  title: String!  similar: [Item!]!  pages: Int  author: Person }
        type Film implements Item & Named @key(fields: "id") { id: ID!  title: String!  similar: [Item!]!  minutes: Int }
        type Song implements Item @key(fields: "id") { id: ID!  title: String!  similar: [Item!]!  minutes: Int }
        type Person @key(fields: "id") { id: ID! }
        union Hit = Book | Film | Person
      `,
      resolvers: {
        Query: {
          items: () => ITEMS,
          item: (_: unknown, { id }: { id: string }) => itemOf({ id }),
          books: () => ITEMS.filter(({ __typename }) => __typename === 'Book'),
          search: () => [ITEMS[0], null, ITEMS[1], { __typename: 'Person', id: 'p2' }],
          shelf: () => [[ITEMS[0], ITEMS[1]], [], [null, ITEMS[3]]],
          pair: () => ITEMS[1],
        },
        Book: {
          __resolveReference: itemOf,
          similar: () => [ITEMS[1], ITEMS[2]],
          author: ({ authorId }: { authorId: string }) => ({ id: authorId }),
        },
        Film: { __resolveReference: itemOf, similar: () => [ITEMS[0]] },
        Song: { __resolveReference: itemOf, similar: () => [] },
        Item: { __resolveReference: itemOf },
        Person: { __resolveReference: ({ id }: { id: string }) => ({ id }) },
      },
    },
    ratings: {
      sdl: `
        type Query { best: Item!  rated: [Rated!]! }
        type Item @key(fields: "id") @interfaceObject { id: ID!  stars: Int!  raters: [Person!]! }
        type Person @key(fields: "id") { id: ID!  rated: [Item!]! }
        interface Rated { stars: Int! }
        type Place implements Rated { stars: Int!  name: String! }
        type Person2 implements Rated { stars: Int!  person: Person }
      `,
      resolvers: {
        Query: {
          best: () => ({ id: 'f1' }),
          rated: () => [
            { __typename: 'Place', stars: 1, name: 'Delft' },
            { __typename: 'Person2', stars: 2, person: { id: 'p1' } },
          ],
        },
        Item: {
          __resolveReference: ({ id }: { id: string }) => ({ id }),
          stars: ({ id }: { id: string }) => id.charCodeAt(0) % 5,
          raters: ({ id }: { id: string }) => (id === 's1' ? [] : [{ id: 'p1' }, { id: 'p2' }]),
        },
        Person: { __resolveReference: ({ id }: { id: string }) => ({ id }), rated: () => [{ id: 'b1' }, { id: 's1' }] },
      },
    },
    people: {
      sdl: `
        type Query { people: [Person!]!  party: [Guest!]! }
        type Person @key(fields: "id") { id: ID!  name: String!  wrote: [Book!]! }
        type Book @key(fields: "id") { id: ID!  isbn: String  editions: [Edition!]! }
        interface Edition { year: Int! }
        type Hardback implements Edition { year: Int!  weight: Int! }
        type Paperback implements Edition { year: Int!  cover: String }
        union Guest = Person | Robot
        type Robot { model: String!  owner: Person! }
      `,
      resolvers: {
        Query: {
          people: () => [{ id: 'p1' }, { id: 'p2' }],
          party: () => [
            { __typename: 'Robot', model: 'R2', owner: { id: 'p2' } },
            { __typename: 'Person', id: 'p1' },
          ],
        },
        Person: {
          __resolveReference: ({ id }: { id: string }) => ({ id }),
          name: ({ id }: { id: string }) => `Person ${id}`,
          wrote: ({ id }: { id: string }) => [{ id: id === 'p1' ? 'b1' : 'b2' }],
        },
        Book: {
          __resolveReference: ({ id }: { id: string }) => ({ id }),
          isbn: ({ id }: { id: string }) => `isbn-${id}`,
          editions: ({ id }: { id: string }) => [
            { __typename: 'Hardback', year: 1815, weight: 900 },
            ...(id === 'b1' ? [{ __typename: 'Paperback', year: 1999, cover: null }] : []),
          ],
        },
      },
    },
  },
  cases: [
    ['interface fields', '{ items { id title } }'],
    ['interface typename', '{ items { __typename title } }'],
    ['fragments on implementations', '{ items { ... on Book { pages } ... on Film { minutes } title } }'],
    ['fragments with the same alias', '{ items { ... on Book { size: pages } ... on Film { size: minutes } } }'],
    ['a fragment on the interface', '{ items { ... on Item { title } } }'],
    ['a fragment on another interface', '{ items { ... on Named { title } } }'],
    ['nested fragments', '{ items { ... on Named { ... on Book { pages } title } } }'],
    ['another interface', '{ pair { title ... on Film { minutes id } } }'],
    ['entity of an implementation', '{ items { ... on Book { isbn author { name } } } }'],
    ['interface object field', '{ items { title stars } }'],
    ['interface object field only', '{ items { stars } }'],
    ['interface object field and typename', '{ items { __typename stars } }'],
    ['interface object of one', '{ item(id: "s1") { stars raters { name } } }'],
    ['interface object of a concrete type', '{ books { title stars raters { name } } }'],
    ['interface object within a fragment', '{ items { ... on Book { stars pages } ... on Film { stars } } }'],
    ['from the interface object', '{ best { id stars } }'],
    ['from the interface object to its type', '{ best { __typename title } }'],
    ['from the interface object to a fragment', '{ best { stars ... on Film { minutes } ... on Book { pages } } }'],
    ['from the interface object through entities', '{ best { raters { name rated { stars title } } } }'],
    ['interface object in both directions', '{ people { rated { __typename title stars similar { title stars } } } }'],
    ['union', '{ search { __typename ... on Book { title } ... on Film { title minutes } ... on Person { name } } }'],
    ['union without typename', '{ search { ... on Book { title isbn } } }'],
    [
      'union and entities',
      '{ search { ... on Person { name wrote { title } } ... on Book { isbn author { name } } } }',
    ],
    ['union and an interface', '{ search { ... on Item { title stars } ... on Person { id } } }'],
    ['union and another interface', '{ search { ... on Named { title } } }'],
    [
      'union of another subgraph',
      '{ party { ... on Robot { model owner { name wrote { pages } } } ... on Person { name rated { title } } } }',
    ],
    ['union typename only', '{ party { __typename } }'],
    ['interface of values', '{ rated { stars ... on Place { name } ... on Person2 { person { name } } } }'],
    [
      'interface of values under an entity',
      '{ books { editions { year ... on Hardback { weight } ... on Paperback { cover } } } }',
    ],
    ['list of lists', '{ shelf { id title } }'],
    ['list of lists of entities', '{ shelf { title ... on Book { isbn } } }'],
    ['list of lists of interface objects', '{ shelf { title stars } }'],
    ['similar items of other types', '{ items { similar { __typename title ... on Book { isbn } stars } } }'],
    [
      'a named fragment on a union',
      '{ search { ...H } } fragment H on Hit { ... on Book { title author { name } } ... on Person { name } }',
    ],
    [
      'a condition on a type',
      'query($s: Boolean!) { items { title ... on Book @include(if: $s) { isbn } stars @skip(if: $s) } }',
      { s: true },
    ],
    [
      'a condition on a type, other way',
      'query($s: Boolean!) { items { title ... on Book @include(if: $s) { isbn } stars @skip(if: $s) } }',
      { s: false },
    ],
    [
      'aliases on abstract types',
      '{ items { kind: __typename name: title ... on Book { name2: title writer: author { called: name } } } }',
    ],
    [
      'fields merged over types',
      '{ items { ... on Book { author { id } } ... on Item { title } ... on Book { author { name } } } }',
    ],
    ['introspection of an interface', '{ __type(name: "Item") { kind possibleTypes { name } fields { name } } }'],
    ['two fetches of one type', '{ books { author { name rated { id } } raters { name } } }'],
    ['prototype names on a union', '{ search { constructor: __typename ... on Book { toString: title } } }'],
    ['missing item', '{ item(id: "none") { title stars } }'],
  ],
};
