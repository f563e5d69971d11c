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
import { edgeName, leastArgument } from './names.ts';
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
  const entity = (name: string, sets: readonly SelectionSetNode[], info: GraphQLResolveInfo): SelectionNode[] => {
    const selections: SelectionNode[] = [select('__id', 'id')];
    const { scalars = [], relations } = shape.entities.get(name) ?? {};
    for (const field of fieldsOf(name, sets, info)) {
      const relation = relations?.get(field.name.value);
      if (relation) selections.push(...related(name, field, relation, info));
      else if (field.name.value !== 'id' && scalars.includes(field.name.value))
        selections.push(select(responseKey(field), field.name.value));
    }
    return selections;
  };

  /** A page that cannot be served is left out here; its resolver throws, so the error stands at its own path. */
  const related = (name: string, field: FieldNode, relation: Relation, info: GraphQLResolveInfo): SelectionNode[] => {
    const type = info.schema.getType(name);
    const definition = isObjectType(type) ? type.getFields()[field.name.value] : undefined;
    if (!definition) return [];
    const args = getArgumentValues(definition, field, info.variableValues);
    try {
      const connectionType = namedType(definition.type);
      const selections = connection(connectionType, relation, setsOf([field]), info);
      return [select(responseKey(field), relation.generated, listArguments(relation, args, true), selections)];
    } catch (error) {
      if (error instanceof PolygraphError) return [];
      throw error;
    }
  };

  const connection = (
    name: string,
    relation: Relation,
    sets: readonly SelectionSetNode[],
    info: GraphQLResolveInfo,
  ): SelectionNode[] =>
    fieldsOf(name, sets, info).map((field) => {
      const key = responseKey(field);
      const inner = setsOf([field]);
      switch (field.name.value) {
        case 'edges':
          return select(key, 'edges', [], edge(edgeName(name), relation, inner, info));
        case 'nodes':
          return select(key, 'edges', [], [select('_node', 'node', [], entity(relation.node, inner, info))]);
        case 'pageInfo':
          return select(key, 'pageInfo', [], copied('PageInfo', inner, info));
        default:
          return select(key, field.name.value);
      }
    });

  const edge = (
    name: string,
    relation: Relation,
    sets: readonly SelectionSetNode[],
    info: GraphQLResolveInfo,
  ): SelectionNode[] =>
    fieldsOf(name, sets, info).map((field) => {
      const key = responseKey(field);
      if (field.name.value === 'node') return select(key, 'node', [], entity(relation.node, setsOf([field]), info));
      if (!relation.properties.includes(field.name.value)) return select(key, field.name.value);
      return select('properties', 'properties', [], [select(key, field.name.value)]);
    });

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
  return fieldsOf(name, sets, info).map((field) => select(responseKey(field), field.name.value));
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

function responseKey(field: FieldNode): string {
  return `_${(field.alias ?? field.name).value}`;
}

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
