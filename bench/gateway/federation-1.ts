/** The bench's subgraphs as Federation 1 writes them, which is what Mercurius reads; the fields are the same. */
export const FEDERATION_1: Readonly<Record<string, string>> = {
  users: `
    extend type Query { me: User!  user(id: ID!): User }
    type User @key(fields: "id") { id: ID!  name: String!  email: String  friends(first: Int!): [User!]! }
  `,
  products: `
    extend type Query { products(first: Int!, after: Int!): [Product!]! }
    type Product @key(fields: "id") { id: ID!  name: String!  price: Int!  weight: Int!  maker: User! }
    extend type User @key(fields: "id") { id: ID! @external  favourite: Product }
  `,
  reviews: `
    type Review { id: ID!  text: String!  stars: Int!  author: User!  product: Product! }
    extend type User @key(fields: "id") { id: ID! @external  karma: Float!  reviews(first: Int!): [Review!]! }
    extend type Product @key(fields: "id") { id: ID! @external  reviews(first: Int!): [Review!]! }
  `,
  stock: `
    extend type Product @key(fields: "id") {
      id: ID! @external  price: Int! @external  weight: Int! @external
      shipping: Int! @requires(fields: "price weight")
      stock: Stock
    }
    type Stock { count: Int!  place: String!  manager: User! }
    extend type User @key(fields: "id") { id: ID! @external }
  `,
};
