import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { Prices } from './prices.ts';

/** What an operation is expected to take, in points. */
export interface Estimate {
  /** All of it. */
  readonly points: number;
  /** Of the fields that ask stores: one statement for a type and level, however long the lists are. */
  readonly queries: number;
  /** Points for which stores are asked; the rest is one point for each object of the answer. */
  readonly queryPoints: number;
  /** Objects in the answer if all lists are full: their sizes multiplied. */
  readonly objects: number;
}

type Variables = Readonly<Record<string, unknown>>;

/** Adds up an operation before it is planned. Conditions (@skip, @include) are not weighed: asking counts. */
export type EstimateCost = (
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
) => Estimate;

/** Each operation is read once, and then added up with the variables of each request. */
export function createCostEstimate(schema: GraphQLSchema, prices: Prices): EstimateCost {
  const trees = new WeakMap<OperationDefinitionNode, readonly Branch[]>();
  return (document, operation, variables) => {
    let tree = trees.get(operation);
    if (!tree) {
      tree = readBranches(schema, prices, document, operation);
      trees.set(operation, tree);
    }
    const sum = { queries: 0, queryPoints: 0, objects: 0 };
    for (const branch of tree) addUp(branch, 1, undefined, variables, sum);
    return { ...sum, points: sum.queryPoints + sum.objects };
  };
}

/** A field that returns objects, or has a weight. */
interface Branch {
  readonly weight: number;
  readonly isComposite: boolean;
  readonly isList: boolean;
  /** The size that an argument or the contract gives, for this list or for those of the connection it returns. */
  readonly size: number | { readonly variable: string; readonly default: number } | undefined;
  readonly children: readonly Branch[];
}

type Sum = { queries: number; queryPoints: number; objects: number };

function addUp(branch: Branch, times: number, page: number | undefined, variables: Variables, sum: Sum): void {
  const own = sizeOf(branch.size, variables);
  const count = branch.isList ? times * (own ?? page ?? DEFAULT_SIZE) : times;
  if (branch.weight > 0) sum.queries += 1;
  sum.queryPoints += branch.weight;
  if (branch.isComposite) sum.objects = Math.min(MOST, sum.objects + count);
  for (const child of branch.children) addUp(child, count, branch.isList ? undefined : own, variables, sum);
}

function sizeOf(size: Branch['size'], variables: Variables): number | undefined {
  if (typeof size !== 'object') return size;
  const given = variables[size.variable];
  return typeof given === 'number' ? withinBounds(given) : size.default;
}

function readBranches(
  schema: GraphQLSchema,
  prices: Prices,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): readonly Branch[] {
  const fragments = new Map(
    document.definitions
      .filter((node): node is FragmentDefinitionNode => node.kind === Kind.FRAGMENT_DEFINITION)
      .map((node) => [node.name.value, node]),
  );

  const inSet = (set: SelectionSetNode, type: GraphQLNamedType | undefined): Branch[] =>
    set.selections.flatMap((node) => {
      if (node.kind === Kind.FIELD) return inField(node, type);
      const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : fragments.get(node.name.value);
      const condition = fragment?.typeCondition?.name.value;
      return fragment ? inSet(fragment.selectionSet, condition ? schema.getType(condition) : type) : [];
    });

  const inField = (node: FieldNode, parent: GraphQLNamedType | undefined): Branch[] => {
    const field = fieldOf(parent, node.name.value);
    if (!parent || !field) return [];
    const returned = getNamedType(field.type);
    const isComposite = isCompositeType(returned);
    const { weight = isComposite && !PART.test(parent.name) ? DEFAULT_WEIGHT : 0, ...price } = prices.ofField(
      parent.name,
      field.name,
    );
    if (!isComposite && weight === 0) return [];
    const size = sizeIn(node, field, price.sizedBy, operation) ?? price.assumedSize;
    const children = node.selectionSet ? inSet(node.selectionSet, returned) : [];
    return [{ weight, isComposite, isList: isList(field.type), size, children }];
  };

  return inSet(operation.selectionSet, schema.getRootType(operation.operation) ?? undefined);
}

type AnyField = GraphQLField<unknown, unknown>;

const fieldOf = (type: GraphQLNamedType | undefined, name: string): AnyField | undefined =>
  isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;

function sizeIn(
  node: FieldNode,
  { args }: AnyField,
  sizedBy: string | undefined,
  { variableDefinitions = [] }: OperationDefinitionNode,
): Branch['size'] {
  const argument = args.find(({ name }) => (sizedBy ? name === sizedBy : PAGE.has(name)));
  if (!argument) return undefined;
  const otherwise = typeof argument.defaultValue === 'number' ? argument.defaultValue : DEFAULT_SIZE;
  const value = node.arguments?.find(({ name }) => name.value === argument.name)?.value;
  if (value?.kind === Kind.INT) return withinBounds(Number(value.value));
  if (value?.kind !== Kind.VARIABLE) return otherwise;
  const variable = value.name.value;
  const preset = variableDefinitions.find((one) => one.variable.name.value === variable)?.defaultValue;
  return { variable, default: preset?.kind === Kind.INT ? withinBounds(Number(preset.value)) : otherwise };
}

/** What resolvers refuse (a page of -1) must not make an operation cheaper. */
const withinBounds = (size: number): number => Math.min(Math.max(Math.trunc(size), 1), MOST);

function isList(type: GraphQLOutputType): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type);
}

const DEFAULT_WEIGHT = 10;
const DEFAULT_SIZE = 10;
const MOST = 1_000_000_000;
const PAGE: ReadonlySet<string> = new Set(['first', 'last', 'limit']);
/** Parts of one answer of a store. */
const PART = /(Connection|Edge|Payload)$/;
