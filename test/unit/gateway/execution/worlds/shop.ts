import type { World } from '../../../../kit/federation.ts';

const PRODUCTS = [
  { upc: '1', sku: 'a', name: 'Table', price: 899, weight: 100, dimensions: { width: 2, height: 1 }, makerId: 'm1' },
  { upc: '2', sku: 'b', name: 'Couch', price: 1299, weight: 1000, dimensions: { width: 3, height: 2 }, makerId: 'm2' },
  { upc: '3', sku: 'c', name: 'Chair', price: 54, weight: 50, dimensions: null, makerId: 'm1' },
];
const REVIEWS = [
  { id: 'r1', body: 'Love it!', authorId: 'u1', upc: '1' },
  { id: 'r2', body: 'Too "expensive".', authorId: 'u1', upc: '2' },
  { id: 'r3', body: 'Could be\nbetter.', authorId: 'u2', upc: '3' },
  { id: 'r4', body: 'Prefer something else.', authorId: 'u2', upc: '1' },
];
const USERS = [
  { id: 'u1', name: 'Ada', username: '@ada', birth: 1815 },
  { id: 'u2', name: 'Alan', username: '@complete', birth: 1912 },
];
const userOf = ({ id }: { id: string }) => USERS.find((user) => user.id === id);
const productOf = ({ upc }: { upc: string }) => PRODUCTS.find((product) => product.upc === upc);

/** Keys, nested keys, @requires with nested fields and arguments, @provides, several fetches from one subgraph, mutations. */
export const shop: World = {
  name: 'shop',
  subgraphs: {
    accounts: {
      sdl: `
        type Query { me: User  users: [User!]!  user(id: ID!): User }
        type Mutation { renameUser(id: ID!, name: String!): User }
        type User @key(fields: "id") { id: ID!  name: String  username: String @shareable  birth: Int  greeting(word: String = "Hi", loud: Boolean): String! }
      `,
      resolvers: {
        Query: {
          me: () => USERS[0],
          users: () => USERS,
          user: (_: unknown, { id }: { id: string }) => userOf({ id }),
        },
        Mutation: {
          renameUser: (_: unknown, { id, name }: { id: string; name: string }) => ({ ...userOf({ id }), name }),
        },
        User: {
          __resolveReference: userOf,
          greeting: ({ name }: { name: string }, { word, loud }: { word: string; loud?: boolean }) =>
            loud ? `${word} ${name}!`.toUpperCase() : `${word} ${name}`,
        },
      },
    },
    products: {
      sdl: `
        type Query { products(first: Int = 5): [Product!]!  product(upc: ID!): Product  cheapest: Product! }
        type Mutation { reprice(upc: ID!, price: Int!): Product!  counter: Int! }
        type Product @key(fields: "upc") @key(fields: "sku") {
          upc: ID!  sku: ID!  name: String!  price: Int  weight: Int  dimensions: Dimensions  maker: Maker!
        }
        type Dimensions { width: Int!  height: Int! }
        type Maker @key(fields: "id") { id: ID!  products: [Product!]! }
      `,
      resolvers: {
        Query: {
          products: (_: unknown, { first }: { first: number }) => PRODUCTS.slice(0, first),
          product: (_: unknown, { upc }: { upc: string }) => productOf({ upc }),
          cheapest: () => PRODUCTS[2],
        },
        Mutation: {
          reprice: (_: unknown, { upc, price }: { upc: string; price: number }) => ({ ...productOf({ upc }), price }),
          counter: () => 7,
        },
        Product: {
          __resolveReference: ({ upc, sku }: { upc?: string; sku?: string }) =>
            PRODUCTS.find((product) => product.upc === upc || product.sku === sku),
          maker: ({ makerId }: { makerId: string }) => ({ id: makerId }),
        },
        Maker: {
          __resolveReference: ({ id }: { id: string }) => ({ id }),
          products: ({ id }: { id: string }) => PRODUCTS.filter(({ makerId }) => makerId === id),
        },
      },
    },
    reviews: {
      sdl: `
        type Query { latest(first: Int! = 2): [Review!]!  reviewOf(id: ID!): Review }
        type Mutation { review(upc: ID!, body: String!): Review!  dropReview(id: ID!): Boolean! }
        type Review @key(fields: "id") { id: ID!  body(format: Format = PLAIN): String  author: User @provides(fields: "username")  product: Product! }
        enum Format { PLAIN SHOUTED }
        type User @key(fields: "id") { id: ID!  username: String @external  reviews(first: Int): [Review!]!  favourite: Product }
        type Product @key(fields: "upc") { upc: ID!  reviews(first: Int = 3): [Review!]!  rating: Float! }
      `,
      resolvers: {
        Query: {
          latest: (_: unknown, { first }: { first: number }) => REVIEWS.slice(0, first),
          reviewOf: (_: unknown, { id }: { id: string }) => REVIEWS.find((review) => review.id === id),
        },
        Mutation: {
          review: (_: unknown, { upc, body }: { upc: string; body: string }) => ({
            id: 'new',
            body,
            authorId: 'u2',
            upc,
          }),
          dropReview: () => true,
        },
        Review: {
          __resolveReference: ({ id }: { id: string }) => REVIEWS.find((review) => review.id === id),
          body: ({ body }: { body: string }, { format }: { format: string }) =>
            format === 'SHOUTED' ? body.toUpperCase() : body,
          author: ({ authorId }: { authorId: string }) => ({
            id: authorId,
            username: userOf({ id: authorId })?.username,
          }),
          product: ({ upc }: { upc: string }) => ({ upc }),
        },
        User: {
          __resolveReference: ({ id }: { id: string }) => ({ id }),
          username: ({ id }: { id: string }) => userOf({ id })?.username,
          reviews: ({ id }: { id: string }, { first = 9 }: { first?: number }) =>
            REVIEWS.filter(({ authorId }) => authorId === id).slice(0, first),
          favourite: ({ id }: { id: string }) => (id === 'u1' ? { upc: '2' } : null),
        },
        Product: {
          __resolveReference: ({ upc }: { upc: string }) => ({ upc }),
          reviews: ({ upc }: { upc: string }, { first }: { first: number }) =>
            REVIEWS.filter((review) => review.upc === upc).slice(0, first),
          rating: ({ upc }: { upc: string }) => Number(upc) * 1.5,
        },
      },
    },
    inventory: {
      sdl: `
        type Product @key(fields: "upc") {
          upc: ID!
          weight: Int @external
          price: Int @external
          dimensions: Dimensions @external
          inStock: Boolean!
          shipping: Int @requires(fields: "price weight")
          volume: Int @requires(fields: "dimensions { width height }")
          warehouse: Warehouse
        }
        type Dimensions { width: Int! @external  height: Int! @external }
        type Warehouse @key(fields: "id country") { id: ID!  country: String!  city: String! }
      `,
      resolvers: {
        Product: {
          __resolveReference: (product: Record<string, unknown>) => product,
          inStock: ({ upc }: { upc: string }) => upc !== '3',
          shipping: ({ price, weight }: { price: number; weight: number }) => (price > 1000 ? 0 : weight / 2),
          volume: ({ dimensions }: { dimensions?: { width: number; height: number } }) =>
            dimensions ? dimensions.width * dimensions.height : null,
          warehouse: ({ upc }: { upc: string }) => (upc === '2' ? null : { id: 'w1', country: 'NL', city: 'Delft' }),
        },
      },
    },
    logistics: {
      sdl: `
        type Query { warehouses: [Warehouse!]! }
        type Warehouse @key(fields: "id country") { id: ID!  country: String!  capacity: Int!  manager: User }
        type User @key(fields: "id") { id: ID!  warehouses: [Warehouse!]! }
        type Maker @key(fields: "id") { id: ID!  label: String!  founder: User }
      `,
      resolvers: {
        Query: {
          warehouses: () => [
            { id: 'w1', country: 'NL' },
            { id: 'w2', country: 'DE' },
          ],
        },
        Warehouse: {
          __resolveReference: (warehouse: Record<string, unknown>) => warehouse,
          capacity: ({ id, country }: { id: string; country: string }) => id.length * 100 + country.length,
          manager: ({ id }: { id: string }) => (id === 'w1' ? { id: 'u2' } : null),
        },
        User: {
          __resolveReference: ({ id }: { id: string }) => ({ id }),
          warehouses: ({ id }: { id: string }) => (id === 'u2' ? [{ id: 'w1', country: 'NL' }] : []),
        },
        Maker: {
          __resolveReference: ({ id }: { id: string }) => ({ id }),
          label: ({ id }: { id: string }) => `Maker ${id}`,
          founder: ({ id }: { id: string }) => ({ id: id === 'm1' ? 'u1' : 'u2' }),
        },
      },
    },
  },
  cases: [
    ['one fetch', '{ me { id name } }'],
    ['one fetch, list', '{ products { upc name price } }'],
    ['argument literal', '{ products(first: 1) { upc } }'],
    ['argument variable', 'query($n: Int) { products(first: $n) { upc } }', { n: 2 }],
    ['argument default', 'query($n: Int = 1) { products(first: $n) { upc } }'],
    ['null variable', 'query($n: Int) { products(first: $n) { upc } }', { n: null }],
    ['two root fields of two subgraphs', '{ me { name } cheapest { name } }'],
    ['root order is the client’s', '{ cheapest { name } me { name } latest { id } }'],
    ['entity of a single object', '{ me { id reviews { id body } } }'],
    ['entity without its key selected', '{ me { reviews { body } } }'],
    ['entities of a list', '{ products { name reviews { body } rating } }'],
    ['three levels', '{ me { name reviews { body product { name price } } } }'],
    ['three levels and back', '{ me { reviews { product { reviews { author { name birth } } } } } }'],
    ['provides', '{ latest { author { username } } }'],
    ['provides and more', '{ latest { author { username name } } }'],
    ['requires', '{ products { shipping } }'],
    ['requires selected too', '{ products { price weight shipping } }'],
    ['requires of an object', '{ products { volume } }'],
    ['requires of an object that is null', '{ product(upc: 3) { volume dimensions { width } } }'],
    ['requires two hops away', '{ latest { product { shipping inStock } } }'],
    ['compound key', '{ products { warehouse { city capacity } } }'],
    ['compound key, back to users', '{ products { warehouse { manager { name reviews { id } } } } }'],
    [
      'same subgraph in two branches',
      '{ latest(first: 4) { author { name } product { warehouse { manager { name } } } } }',
    ],
    ['same entity under two fields', '{ me { favourite { name } reviews { product { name } } } }'],
    ['same entity, different fields', '{ me { favourite { name price } reviews { product { sku } } } }'],
    ['duplicates in a list', '{ latest(first: 4) { author { name birth } } }'],
    ['maker of three subgraphs', '{ products { maker { id label founder { name } products { name } } } }'],
    ['alias of a root field', '{ mine: me { name } }'],
    ['two aliases of one field', '{ a: user(id: "u1") { name } b: user(id: "u2") { name } }'],
    ['alias of a key', '{ products { code: upc name rating } }'],
    ['alias that hides a key', '{ products { upc: name sku rating } }'],
    ['alias of typename', '{ me { kind: __typename name } }'],
    ['typename everywhere', '{ __typename me { __typename reviews { __typename product { __typename name } } } }'],
    ['root typename alone', '{ __typename }'],
    [
      'aliases with other arguments',
      '{ me { short: greeting long: greeting(word: "Good day") loud: greeting(loud: true) } }',
    ],
    ['entity aliases with other arguments', '{ products { one: reviews(first: 1) { id } all: reviews { id body } } }'],
    ['enum argument', '{ latest { body(format: SHOUTED) } }'],
    ['enum variable', 'query($f: Format) { latest { body(format: $f) } }', { f: 'SHOUTED' }],
    ['enum variable left out', 'query($f: Format) { latest { body(format: $f) } }'],
    ['enum variable with a default', 'query($f: Format = SHOUTED) { latest { body(format: $f) } }'],
    ['variable in an entity fetch', 'query($n: Int) { products { reviews(first: $n) { id } } }', { n: 1 }],
    [
      'variable in two entity fetches',
      'query($n: Int!) { me { reviews(first: $n) { id product { reviews(first: $n) { id } } } } }',
      { n: 1 },
    ],
    [
      'variable named representations',
      'query($representations: Int) { products { reviews(first: $representations) { id } } }',
      { representations: 1 },
    ],
    [
      'variable named representations, left out',
      'query($representations: Int) { products { reviews(first: $representations) { id } } }',
    ],
    [
      'variable named representations0',
      'query($representations0: Int) { me { favourite { name reviews(first: $representations0) { id } } reviews { product { name price } } } }',
      { representations0: 1 },
    ],
    ['wrong variable', 'query($n: Int) { products(first: $n) { upc } }', { n: 'many' }],
    ['missing variable', 'query($id: ID!) { user(id: $id) { name } }'],
    ['unknown variable given', '{ me { name } }', { nobody: 1 }],
    ['unknown entity', '{ product(upc: 99) { name rating } }'],
    ['fragment', '{ me { ...F } } fragment F on User { name reviews { ...R } } fragment R on Review { body }'],
    ['fragment twice', '{ me { ...F } user(id: "u2") { ...F } } fragment F on User { name birth reviews { id } }'],
    ['inline fragment', '{ me { ... on User { name } ... { birth } } }'],
    [
      'fields merged over fragments',
      '{ me { reviews { id } ...F } } fragment F on User { reviews { body product { name } } name }',
    ],
    ['fields merged at one level', '{ me { reviews { id } name reviews { product { upc } } } }'],
    ['leaf twice', '{ me { name ...F name } } fragment F on User { name id }'],
    ['skip literal', '{ me { name @skip(if: true) id } }'],
    ['include literal', '{ me { name @include(if: false) id reviews @include(if: true) { id } } }'],
    ['skip variable, true', 'query($s: Boolean!) { me { name reviews @skip(if: $s) { id } } }', { s: true }],
    ['skip variable, false', 'query($s: Boolean!) { me { name reviews @skip(if: $s) { id } } }', { s: false }],
    [
      'include of a fragment, true',
      'query($s: Boolean!) { me { ...F @include(if: $s) id } } fragment F on User { name reviews { id } }',
      { s: true },
    ],
    [
      'include of a fragment, false',
      'query($s: Boolean!) { me { ...F @include(if: $s) id } } fragment F on User { name reviews { id } }',
      { s: false },
    ],
    [
      'include of an inline fragment',
      'query($s: Boolean!) { products { ... @include(if: $s) { rating } upc } }',
      { s: true },
    ],
    ['include with a default', 'query($s: Boolean = false) { me { id reviews @include(if: $s) { id } } }'],
    [
      'skip and include',
      'query($a: Boolean!, $b: Boolean!) { me { id reviews @skip(if: $a) @include(if: $b) { id } } }',
      { a: false, b: true },
    ],
    ['all skipped', 'query($s: Boolean!) { me @skip(if: $s) { name } }', { s: true }],
    [
      'a whole branch by condition',
      'query($s: Boolean!) { products @include(if: $s) { rating } me { name } }',
      { s: false },
    ],
    [
      'the same field with and without a condition',
      'query($s: Boolean!) { me { name @include(if: $s) name } }',
      { s: false },
    ],
    ['mutation', 'mutation { reprice(upc: 1, price: 5) { name price } }'],
    [
      'mutation with entities',
      'mutation { review(upc: 2, body: "Fine") { body author { name } product { name inStock } } }',
    ],
    [
      'mutations in series over subgraphs',
      'mutation { a: reprice(upc: 1, price: 5) { price } renameUser(id: "u1", name: "Eve") { name } b: reprice(upc: 2, price: 6) { price rating } dropReview(id: "r1") }',
    ],
    ['mutation and typename', 'mutation { __typename counter }'],
    ['mutation with variables', 'mutation($p: Int!) { reprice(upc: 1, price: $p) { price reviews { id } } }', { p: 8 }],
    ['prototype names', '{ me { constructor: name toString: id hasOwnProperty: birth } }'],
    ['prototype name of an entity field', '{ products { constructor: rating valueOf: name } }'],
    ['__proto__ as a name', '{ me { __proto__: name id } }'],
    ['__proto__ of an object', '{ me { __proto__: reviews { id } } }'],
    ['__proto__ of entities', '{ latest { __proto__: author { name birth } } }'],
    ['__proto__ at the root', '{ __proto__: me { name } }'],
    ['introspection of a type', '{ __type(name: "Product") { name fields { name type { kind ofType { name } } } } }'],
    ['introspection and data', '{ me { name } __schema { queryType { name } } }'],
    [
      'introspection by a variable',
      'query($n: String!) { t: __type(name: $n) { ...T } } fragment T on __Type { name kind }',
      { n: 'Review' },
    ],
    ['named operation', 'query Mine { me { name reviews { id product { name } } } }'],
    ['strings with quotes and lines', '{ latest(first: 4) { body } }'],
    ['block string argument', '{ me { greeting(word: """Hello\n  "there" """) } }'],
    [
      'wide',
      '{ me { id name username birth greeting reviews { id body author { id name } product { upc name price weight shipping inStock warehouse { id city capacity } maker { label } } } } }',
    ],
  ],
};
