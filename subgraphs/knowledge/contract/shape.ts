import { type GraphQLField, type GraphQLObjectType, type GraphQLSchema, getNamedType, isObjectType } from 'graphql';

/** A connection of the contract, and where the generated schema answers it. */
export interface Relation {
  /** Field of the generated schema. */
  readonly generated: string;
  /** Entity at the far end. */
  readonly node: string;
  /** Properties of the relationship, all of them numbers. */
  readonly properties: readonly string[];
  /** Property of the node by which lists are ordered last, so that order is total for people. */
  readonly order: 'name' | 'title';
}

export interface EntityShape {
  /** Their types, such as `String!`. */
  readonly scalars: ReadonlyMap<string, string>;
  /** By field of the contract. */
  readonly relations: ReadonlyMap<string, Relation>;
}

/**
 * What we promise of what @neo4j/graphql generates: an allow list, so an upgrade
 * of the library adds nothing to the API by itself. `title` is the relational
 * subgraph's to promise; the graph keeps a copy to sort by.
 */
export const PROMISED = {
  Content: ['id', 'topics', 'keywords', 'concepts', 'audiences', 'dependsOn', 'dependedOnBy'],
  Topic: ['id', 'name', 'slug', 'contents', 'competitors', 'children'],
  Keyword: ['id', 'name', 'volume', 'difficulty', 'contents'],
  Concept: ['id', 'name', 'contents'],
  Audience: ['id', 'name', 'contents'],
  Competitor: ['id', 'name', 'topics'],
} as const;
export type EntityName = keyof typeof PROMISED;
export const ENTITIES = Object.keys(PROMISED) as readonly EntityName[];

/** Root lists and the entity each of them lists. */
export const ROOT_LISTS: ReadonlyMap<string, EntityName> = new Map([
  ['topics', 'Topic'],
  ['keywords', 'Keyword'],
  ['concepts', 'Concept'],
  ['audiences', 'Audience'],
  ['competitors', 'Competitor'],
]);

export interface Shape {
  readonly entities: ReadonlyMap<string, EntityShape>;
  readonly roots: ReadonlyMap<string, Relation>;
}

/** Finds every promise in the generated schema. @throws Error for one that it does not keep */
export function readShape(generated: GraphQLSchema): Shape {
  const entities = ENTITIES.map((name) => [name, entityShape(objectType(generated, name), PROMISED[name])] as const);
  const query = generated.getQueryType();
  const roots = [...ROOT_LISTS.keys()].map((field) => {
    const relation = query && relationOf(query, field);
    if (!relation) throw new Error(`The generated schema lacks Query.${field}Connection.`);
    return [field, relation] as const;
  });
  return { entities: new Map(entities), roots: new Map(roots) };
}

function entityShape(type: GraphQLObjectType, promised: readonly string[]): EntityShape {
  const relations = new Map<string, Relation>();
  const scalars = new Map<string, string>();
  for (const field of promised) {
    const relation = relationOf(type, field);
    const scalar = type.getFields()[field];
    if (relation) relations.set(field, relation);
    else if (scalar) scalars.set(field, scalar.type.toString());
    else throw new Error(`The generated schema lacks ${type.name}.${field}.`);
  }
  return { scalars, relations };
}

function relationOf(type: GraphQLObjectType, field: string): Relation | undefined {
  const generated = `${field}Connection`;
  const connection = type.getFields()[generated];
  if (!connection) return undefined;
  const edge = fieldsOf(fieldsOf(connection).edges);
  const node = edge.node;
  if (!node) throw new Error(`${type.name}.${generated} has no edges with nodes.`);
  return {
    generated,
    node: getNamedType(node.type).name,
    properties: edge.properties ? Object.keys(fieldsOf(edge.properties)) : [],
    order: 'name' in fieldsOf(node) ? 'name' : 'title',
  };
}

type Fields = Readonly<Record<string, GraphQLField<unknown, unknown>>>;

function fieldsOf(field: GraphQLField<unknown, unknown> | undefined): Fields {
  const type = field && getNamedType(field.type);
  return isObjectType(type) ? type.getFields() : {};
}

function objectType(schema: GraphQLSchema, name: string): GraphQLObjectType {
  const type = schema.getType(name);
  if (!isObjectType(type)) throw new Error(`The generated schema lacks ${name}.`);
  return type;
}
