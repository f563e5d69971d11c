import {
  type ConstValueNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLIncludeDirective,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  getArgumentValues,
  getDirectiveValues,
  type InlineFragmentNode,
  isObjectType,
  Kind,
  parseConstValue,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { PolygraphError } from '#platform/errors';
import { edgeName, itemLabel, leastArgument } from './names.ts';
import { readPage } from './page.ts';
import type { Relation, Shape } from './shape.ts';

/**
 * Rewrites what a client selected of our contract into what the generated
 * schema understands. Only what `shape` promises can come out of it, so no
 * filter, aggregate or field beyond the contract is reachable, whatever comes in.
 */
export interface Translator {
  /** Everything that is selected under the field of `info`, of the entity. */
  entity(entity: string, info: GraphQLResolveInfo): SelectionNode[];
  /** A list at the root, under the response key `list`. */
  root(relation: Relation, args: Readonly<Record<string, unknown>>, info: GraphQLResolveInfo): SelectionNode;
}

export function createTranslator(shape: Shape): Translator {
  const entity = (
    name: string,
    sets: readonly SelectionSetNode[],
    info: GraphQLResolveInfo,
    label?: string,
  ): SelectionNode[] => {
    const selections: SelectionNode[] = [select('__id', 'id')];
    const { scalars, relations } = shape.entities.get(name) ?? {};
    for (const field of fieldsOf(name, sets, info)) {
      const key = keyOf(field, label);
      const relation = relations?.get(field.name.value);
      if (relation) selections.push(...related(name, field, key, relation, info));
      else if (field.name.value !== 'id' && scalars?.has(field.name.value))
        selections.push(select(key, field.name.value));
    }
    return selections;
  };

  /** A page that cannot be served is left out here; its resolver throws, so the error stands at its own path. */
  const related = (
    name: string,
    field: FieldNode,
    key: string,
    relation: Relation,
    info: GraphQLResolveInfo,
  ): SelectionNode[] => {
    const type = info.schema.getType(name);
    const definition = isObjectType(type) ? type.getFields()[field.name.value] : undefined;
    if (!definition) return [];
    const args = getArgumentValues(definition, field, info.variableValues);
    try {
      const connectionType = namedType(definition.type);
      const selections = connection(connectionType, relation, setsOf([field]), info);
      return [select(key, relation.generated, listArguments(relation, args, true), selections)];
    } catch (error) {
      if (error instanceof PolygraphError) return [];
      throw error;
    }
  };

  /**
   * The library answers one `edges`, one `node` and one `pageInfo` of a list, under
   * their own names; of two it forgets the second, or merges them and sends the page
   * size of a list inside them as a map. So all that a client asks of the items is
   * asked there at once, labelled by where it asked (`itemLabel`).
   */
  const connection = (
    name: string,
    relation: Relation,
    sets: readonly SelectionSetNode[],
    info: GraphQLResolveInfo,
  ): SelectionNode[] =>
    fieldsOf(name, sets, info).map((field) => {
      const inner = setsOf([field]);
      switch (field.name.value) {
        case 'edges':
          return select('edges', 'edges', [], edge(edgeName(name), field, relation, info));
        case 'nodes':
          return select('edges', 'edges', [], [node(relation, inner, info, itemLabel(keyIn(field)))]);
        case 'pageInfo':
          return select('pageInfo', 'pageInfo', [], copied('PageInfo', inner, info));
        default:
          return select(field.name.value, field.name.value);
      }
    });

  const edge = (name: string, edges: FieldNode, relation: Relation, info: GraphQLResolveInfo): SelectionNode[] =>
    fieldsOf(name, setsOf([edges]), info).map((field) => {
      const asked = field.name.value;
      if (asked === 'node') return node(relation, setsOf([field]), info, itemLabel(keyIn(edges), keyIn(field)));
      if (!relation.properties.includes(asked)) return select(asked, asked);
      return select('properties', 'properties', [], [select(asked, asked)]);
    });

  const node = (
    relation: Relation,
    sets: readonly SelectionSetNode[],
    info: GraphQLResolveInfo,
    label: string,
  ): SelectionNode => select('node', 'node', [], entity(relation.node, sets, info, label));

  return {
    entity: (name, info) => entity(name, setsOf(info.fieldNodes), info),
    root(relation, args, info) {
      const selections = connection(namedType(info.returnType), relation, setsOf(info.fieldNodes), info);
      return select('list', relation.generated, listArguments(relation, args, false), selections);
    },
  };
}

/** `first`, `after`, the least value of an edge, and an order that is total: by property, then name, then id. */
function listArguments(relation: Relation, args: Readonly<Record<string, unknown>>, nested: boolean): Argument[] {
  const { first, after } = readPage(args);
  const listed: Argument[] = [['first', { kind: Kind.INT, value: String(first) }]];
  if (after !== undefined) listed.push(['after', { kind: Kind.STRING, value: after }]);
  const [property] = relation.properties;
  const least = property && args[leastArgument(property)];
  if (typeof least === 'number') listed.push(['where', parseConstValue(`{edge: {${property}: {gte: ${least}}}}`)]);
  const order = nested ? `{node: {${relation.order}: ASC}}, {node: {id: ASC}}` : `{${relation.order}: ASC}, {id: ASC}`;
  const best = property ? `{edge: {${property}: DESC}}, ` : '';
  return [...listed, ['sort', parseConstValue(`[${best}${order}]`)]];
}

function copied(name: string, sets: readonly SelectionSetNode[], info: GraphQLResolveInfo): SelectionNode[] {
  return fieldsOf(name, sets, info).map((field) => select(field.name.value, field.name.value));
}

/** The fields selected on a type, fragments followed, @skip and @include obeyed. */
function fieldsOf(typeName: string, sets: readonly SelectionSetNode[], info: GraphQLResolveInfo): FieldNode[] {
  return sets
    .flatMap(({ selections }) => selections)
    .flatMap((selection) => {
      if (!isIncluded(selection, info)) return [];
      if (selection.kind === Kind.FIELD) return selection.name.value === '__typename' ? [] : [selection];
      const fragment: FragmentDefinitionNode | InlineFragmentNode | undefined =
        selection.kind === Kind.FRAGMENT_SPREAD ? info.fragments[selection.name.value] : selection;
      const condition = fragment?.typeCondition?.name.value ?? typeName;
      return fragment && condition === typeName ? fieldsOf(typeName, [fragment.selectionSet], info) : [];
    });
}

function isIncluded(selection: SelectionNode, info: GraphQLResolveInfo): boolean {
  if (getDirectiveValues(GraphQLSkipDirective, selection, info.variableValues)?.if === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, selection, info.variableValues)?.if !== false;
}

function setsOf(fields: readonly FieldNode[]): SelectionSetNode[] {
  return fields.flatMap(({ selectionSet }) => (selectionSet ? [selectionSet] : []));
}

/** Under which the engine answers a field, so that no alias of a client meets a name of ours. */
function keyOf(field: FieldNode, label: string | undefined): string {
  return label === undefined ? `_${keyIn(field)}` : `_${label}_${keyIn(field)}`;
}

const keyIn = (field: FieldNode): string => (field.alias ?? field.name).value;

function namedType(type: { toString(): string }): string {
  return type.toString().replace(/[[\]!]/g, '');
}

type Argument = readonly [name: string, value: ConstValueNode];

function select(
  alias: string,
  field: string,
  args: readonly Argument[] = [],
  selections?: readonly SelectionNode[],
): FieldNode {
  const named = (value: string) => ({ kind: Kind.NAME, value }) as const;
  return {
    kind: Kind.FIELD,
    alias: named(alias),
    name: named(field),
    arguments: args.map(([name, value]) => ({ kind: Kind.ARGUMENT, name: named(name), value })),
    ...(selections && { selectionSet: { kind: Kind.SELECTION_SET, selections: nonEmpty(selections) } }),
  };
}

/** A client may ask for `__typename` alone; a selection set cannot be empty. */
function nonEmpty(selections: readonly SelectionNode[]): readonly SelectionNode[] {
  const typename: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };
  return selections.length > 0 ? selections : [typename];
}
