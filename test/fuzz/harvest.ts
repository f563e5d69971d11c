import {
  type DocumentNode,
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';

export type Leaf = string | number | boolean;

/** What a tenant's own answers showed, by `Type.field`: the real ids, slugs, cursors and words that others may guess. */
export type Harvest = Map<string, Set<Leaf>>;

/** Told of every field of an answer that is neither null nor an empty list. Leaves in lists are told one by one. */
export type Visitor = (field: string, value: unknown) => void;

/** Walks an answer beside the operation that asked for it, so that an alias hides nothing. */
export function walkAnswer(schema: GraphQLSchema, document: DocumentNode, data: unknown, visit: Visitor): void {
  const fragments = new Map(
    document.definitions.flatMap((one) => (one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one]] : [])),
  );
  const object = (type: GraphQLObjectType, set: SelectionSetNode, value: object): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) field(type, selection, value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) within(type, selection, value);
      else {
        const fragment = fragments.get(selection.name.value);
        if (fragment) within(type, fragment, value);
      }
    }
  };
  const within = (
    type: GraphQLObjectType,
    part: { typeCondition?: { name: { value: string } } | undefined; selectionSet: SelectionSetNode },
    value: object,
  ): void => {
    const wanted = part.typeCondition?.name.value;
    const condition = wanted ? schema.getType(wanted) : type;
    const fits = condition === type || (isAbstractType(condition) && schema.isSubType(condition, type));
    if (fits) object(type, part.selectionSet, value);
  };
  const field = (type: GraphQLObjectType, node: FieldNode, parent: object): void => {
    const definition = type.getFields()[node.name.value];
    const key = node.alias?.value ?? node.name.value;
    // Not `in`: an alias may be called `constructor`.
    if (!definition || !Object.hasOwn(parent, key)) return;
    values(`${type.name}.${definition.name}`, definition.type, node, (parent as Record<string, unknown>)[key]);
  };
  const values = (name: string, type: GraphQLOutputType, node: FieldNode, value: unknown): void => {
    if (value === null || value === undefined) return;
    if (Array.isArray(value)) {
      for (const item of value) values(name, type, node, item);
      return;
    }
    visit(name, value);
    const named = getNamedType(type);
    const exact = isObjectType(named) ? named : typeOf(schema, value);
    if (node.selectionSet && exact && typeof value === 'object') object(exact, node.selectionSet, value);
  };
  const [operation] = document.definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
  const root = operation && schema.getRootType(operation.operation);
  if (root && typeof data === 'object' && data !== null) object(root, operation.selectionSet, data);
}

export function addToHarvest(harvest: Harvest, name: string, value: unknown): void {
  if (typeof value === 'object' || (typeof value === 'string' && value.length > LONGEST)) return;
  const known = harvest.get(name) ?? new Set();
  if (known.size < MOST) known.add(value as Leaf);
  harvest.set(name, known);
}

function typeOf(schema: GraphQLSchema, value: unknown): GraphQLObjectType | undefined {
  const { __typename: name } = (value ?? {}) as { __typename?: unknown };
  const type = typeof name === 'string' ? schema.getType(name) : undefined;
  return isObjectType(type) ? type : undefined;
}

/** A body is no handle of anything. */
const LONGEST = 300;
const MOST = 40;
