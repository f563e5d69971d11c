import type { GraphQLFieldResolver, GraphQLResolveInfo } from 'graphql';
import type { Context } from './context.ts';
import { connectionsOf, edgeName } from './contract/names.ts';
import { readPage } from './contract/page.ts';
import { ENTITIES, type EntityName, type Relation, ROOT_LISTS, type Shape } from './contract/shape.ts';
import type { Translator } from './contract/translate.ts';
import type { RunEngine } from './engine.ts';

type Parent = Readonly<Record<string, unknown>>;
type Resolver = GraphQLFieldResolver<Parent, Context>;
type Fields = Record<string, Resolver>;

/**
 * Resolvers of what the contract takes from the generated schema, by rule. The
 * engine answers a whole selection at once; these hand out its parts.
 */
export function promisedResolvers(shape: Shape, translator: Translator, run: RunEngine): Record<string, Fields> {
  const entities = ENTITIES.map((entity) => [entity, entityResolvers(entity, shape)] as const);
  return {
    Query: queryResolvers(shape, translator, run),
    PageInfo: Object.fromEntries(PAGE_INFO.map((field) => [field, answered])),
    ...Object.fromEntries(entities),
    ...Object.fromEntries(connectionsOf(shape).flatMap(([name, relation]) => listResolvers(name, relation))),
  };
}

/** What `_entities` calls for each representation; the loader makes one statement of them. */
export function referenceResolvers() {
  const resolve =
    (entity: EntityName) =>
    ({ id }: { readonly id?: unknown }, { loaders }: Context, info: GraphQLResolveInfo) =>
      typeof id === 'string' && id.length <= MAX_ID ? loaders.nodes.load(entity, idOf(id), info) : null;
  return Object.fromEntries(ENTITIES.map((entity) => [entity, { __resolveReference: resolve(entity) }]));
}

function entityResolvers(entity: EntityName, shape: Shape): Fields {
  const { scalars = [], relations = new Map<string, Relation>() } = shape.entities.get(entity) ?? {};
  return {
    ...Object.fromEntries(scalars.map((field) => [field, answered])),
    ...Object.fromEntries([...relations.keys()].map((field) => [field, answeredPage])),
    id: ({ __id }) => __id,
  };
}

function listResolvers(name: string, { properties }: Relation): [string, Fields][] {
  const edge = {
    cursor: answered,
    node: answered,
    ...Object.fromEntries(properties.map((property) => [property, propertyOfEdge])),
  };
  return [
    [name, { edges: answered, nodes: nodesOfEdges, pageInfo: answered, totalCount: answered }],
    [edgeName(name), edge],
  ];
}

function queryResolvers(shape: Shape, translator: Translator, run: RunEngine): Fields {
  const lists = [...shape.roots].map(([field, relation]): [string, Resolver] => [
    field,
    async (_root, args, { stores }, info) => (await run(stores.neo4j, [translator.root(relation, args, info)])).list,
  ]);
  const single = [...ROOT_LISTS.values()].map((entity: EntityName): [string, Resolver] => [
    entity.toLowerCase(),
    (_root, { id }, { loaders }, info) => loaders.nodes.load(entity, idOf(String(id)), info),
  ]);
  return Object.fromEntries([...lists, ...single]);
}

const answered: Resolver = (parent, _args, _context, info) => parent[`_${info.path.key}`];

const answeredPage: Resolver = (parent, args, _context, info) => {
  readPage(args);
  return parent[`_${info.path.key}`];
};

const nodesOfEdges: Resolver = (parent, _args, _context, info) => {
  const edges = parent[`_${info.path.key}`] as readonly { readonly _node: unknown }[];
  return edges.map(({ _node }) => _node);
};

const propertyOfEdge: Resolver = (parent, _args, _context, info) =>
  (parent.properties as Readonly<Record<string, unknown>>)[`_${info.path.key}`];

/** Ids are UUIDs, which are the same in capitals; the graph keeps them as text. */
export const idOf = (id: string): string => id.toLowerCase();

const PAGE_INFO = ['hasNextPage', 'hasPreviousPage', 'startCursor', 'endCursor'];
const MAX_ID = 100;
