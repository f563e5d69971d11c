import type { GraphQLFieldResolver, GraphQLResolveInfo } from 'graphql';
import type { Context } from './context.ts';
import { connectionsOf, edgeName, itemAt, itemLabel } from './contract/names.ts';
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
    PageInfo: Object.fromEntries(PAGE_INFO.map((field) => [field, asItIs])),
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
  const { scalars, relations } = shape.entities.get(entity) ?? {};
  return {
    ...Object.fromEntries([...(scalars?.keys() ?? [])].map((field) => [field, answered])),
    ...Object.fromEntries([...(relations?.keys() ?? [])].map((field) => [field, answeredPage])),
    id: ({ __id }) => __id,
  };
}

function listResolvers(name: string, { properties }: Relation): [string, Fields][] {
  const edge = {
    cursor: cursorOfEdge,
    node: nodeOfEdge,
    ...Object.fromEntries(properties.map((property) => [property, propertyOfEdge])),
  };
  return [
    [name, { edges: edgesOfList, nodes: nodesOfList, pageInfo: asItIs, totalCount: asItIs }],
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

/** Of a list and its page, which have one of each, however often and under whatever name they are asked for. */
const asItIs: Resolver = (parent, _args, _context, info) => parent[info.fieldName];

interface Item {
  readonly cursor?: string;
  readonly node: Parent;
  readonly properties: Parent;
}
const itemsOf = (list: Parent): readonly Item[] => list.edges as readonly Item[];

const nodesOfList: Resolver = (parent, _args, _context, { path }) =>
  itemsOf(parent).map(({ node }) => itemAt(itemLabel(String(path.key)), node));

/** An item of a list, and the response key of the `edges` that asked for it. */
type Edge = Parent & { readonly item: Item; readonly list: string };

const edgesOfList: Resolver = (parent, _args, _context, { path }) =>
  itemsOf(parent).map((item): Edge => ({ item, list: String(path.key) }));

const cursorOfEdge: Resolver = (edge) => (edge as Edge).item.cursor;

const nodeOfEdge: Resolver = (edge, _args, _context, { path }) => {
  const { item, list } = edge as Edge;
  return itemAt(itemLabel(list, String(path.key)), item.node);
};

const propertyOfEdge: Resolver = (edge, _args, _context, { fieldName }) => (edge as Edge).item.properties[fieldName];

/** Ids are UUIDs, which are the same in capitals; the graph keeps them as text. */
export const idOf = (id: string): string => id.toLowerCase();

const PAGE_INFO = ['hasNextPage', 'hasPreviousPage', 'startCursor', 'endCursor'];
const MAX_ID = 100;
