import type { World } from '#test/kit/federation';

const idOf = ({ id }: { id: string }) => ({ id });
const range = <T>(count: number, make: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at));

/** Four subgraphs over generated data, for operations of three sizes; another `$at` gives another answer of the same size. */
export const benchWorld: World = {
  name: 'bench',
  cases: [
    ['tiny', 'query($at: ID!) { user(id: $at) { name email } }', { at: 7 }],
    [
      'mid',
      'query($at: Int!) { products(first: 5, after: $at) { id name price stock { count place } reviews(first: 1) { id text author { name } } } }',
      { at: 7 },
    ],
    [
      'big',
      `query($at: Int!) {
        me { id name email friends(first: 10) { ...Person reviews(first: 2) { ...Review } } reviews(first: 5) { ...Review product { ...Product } } }
        products(first: 75, after: $at) { ...Product stock { count place manager { ...Person } } reviews(first: 4) { ...Review } maker { ...Person favourite { ...Product } } }
      }
      fragment Person on User { id name email karma }
      fragment Review on Review { id text stars author { ...Person } }
      fragment Product on Product { __typename id name price weight shipping }`,
      { at: 7 },
    ],
  ],
  subgraphs: {
    users: {
      sdl: `
        type Query { me: User!  user(id: ID!): User }
        type User @key(fields: "id") { id: ID!  name: String!  email: String  friends(first: Int!): [User!]! }
      `,
      resolvers: {
        Query: { me: () => ({ id: '1' }), user: (_: unknown, { id }: { id: string }) => ({ id }) },
        User: {
          __resolveReference: idOf,
          name: ({ id }: { id: string }) => `Name of user ${id}`,
          email: ({ id }: { id: string }) => `user-${id}@example.org`,
          friends: ({ id }: { id: string }, { first }: { first: number }) =>
            range(first, (at) => ({ id: `${Number(id) + at}` })),
        },
      },
    },
    products: {
      sdl: `
        type Query { products(first: Int!, after: Int!): [Product!]! }
        type Product @key(fields: "id") { id: ID!  name: String!  price: Int!  weight: Int!  maker: User! }
        type User @key(fields: "id") { id: ID!  favourite: Product }
      `,
      resolvers: {
        Query: {
          products: (_: unknown, { first, after }: { first: number; after: number }) =>
            range(first, (at) => ({ id: `${after + at + 1}` })),
        },
        Product: {
          __resolveReference: idOf,
          name: ({ id }: { id: string }) => `A product with the number ${id}`,
          price: ({ id }: { id: string }) => Number(id) * 3,
          weight: ({ id }: { id: string }) => Number(id) * 5,
          maker: ({ id }: { id: string }) => ({ id: `${Number(id) % 9}` }),
        },
        User: { __resolveReference: idOf, favourite: ({ id }: { id: string }) => ({ id }) },
      },
    },
    reviews: {
      sdl: `
        type Review { id: ID!  text: String!  stars: Int!  author: User!  product: Product! }
        type User @key(fields: "id") { id: ID!  karma: Float!  reviews(first: Int!): [Review!]! }
        type Product @key(fields: "id") { id: ID!  reviews(first: Int!): [Review!]! }
      `,
      resolvers: {
        Review: { text: ({ id }: { id: string }) => `What somebody thought of it, review ${id}`, stars: () => 4 },
        User: {
          __resolveReference: idOf,
          karma: ({ id }: { id: string }) => Number(id) / 2,
          reviews: ({ id }: { id: string }, { first }: { first: number }) => reviewsBy(`u${id}`, first),
        },
        Product: {
          __resolveReference: idOf,
          reviews: ({ id }: { id: string }, { first }: { first: number }) => reviewsBy(`p${id}`, first),
        },
      },
    },
    stock: {
      sdl: `
        type Product @key(fields: "id") {
          id: ID!  price: Int! @external  weight: Int! @external
          shipping: Int! @requires(fields: "price weight")
          stock: Stock
        }
        type Stock { count: Int!  place: String!  manager: User! }
        type User @key(fields: "id", resolvable: false) { id: ID! }
      `,
      resolvers: {
        Product: {
          __resolveReference: (product: Record<string, unknown>) => product,
          shipping: ({ price, weight }: { price: number; weight: number }) => price + weight,
          stock: ({ id }: { id: string }) => ({ count: Number(id), place: 'Delft', manager: { id } }),
        },
      },
    },
  },
};

function reviewsBy(owner: string, first: number) {
  return range(first, (at) => ({ id: `${owner}-${at}`, author: { id: `${at}` }, product: { id: `${at + 1}` } }));
}
