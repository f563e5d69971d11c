import type { Field, Operation, Schema, SelectionSet } from '@apollo/federation-internals';
import type { PlanNode, QueryPlan, SubscriptionNode } from '@apollo/query-planner';
import { GraphQLError, Kind, parse, type SelectionSetNode } from 'graphql';
import { PolygraphError } from '#platform/errors';
import { type Condition, compileConditions } from './conditions.ts';
import type { Step } from './run.ts';

/**
 * Tells of root fields that the plan leaves out. Of an interface that no object
 * type of its subgraph implements, the planner knows that nothing can come, asks
 * nobody, and leaves a null without a reason.
 * @param nameInData of a field of the operation, as the plan names it
 */
export function tellUnplanned(
  run: Step,
  plan: QueryPlan['node'],
  operation: Operation,
  nameInData: (element: Field) => string,
): Step {
  const planned = new Set(plan ? rootNames(plan) : []);
  const missing = rootFields(operation.selectionSet, operation.schema(), []).filter(
    ({ element }) => !planned.has(nameInData(element)),
  );
  if (missing.length === 0) return run;
  const defaults = operation.collectDefaultedVariableValues() as Record<string, unknown>;
  return async (one) => {
    await run(one);
    const variables = { ...defaults, ...one.variables };
    const asked = missing.filter(({ conditions }) => conditions.every((holds) => holds(variables)));
    for (const name of new Set(asked.map(({ element }) => element.responseName()))) one.errors.push(unplanned(name));
  };
}

function unplanned(name: string): GraphQLError {
  const error = new PolygraphError('NOT_SUPPORTED', 'No subgraph can answer what is asked of this field.');
  return new GraphQLError(error.message, { path: [name], originalError: error, extensions: { ...error.extensions } });
}

interface RootField {
  readonly element: Field;
  readonly conditions: readonly Exclude<Condition, boolean>[];
}

function rootFields(set: SelectionSet, schema: Schema, outer: RootField['conditions']): readonly RootField[] {
  return set.selections().flatMap((selection): readonly RootField[] => {
    const own = compileConditions(selection.element, schema);
    if (own === false) return [];
    const conditions = own === true ? outer : [...outer, own];
    if (selection.kind === 'FragmentSelection') return rootFields(selection.selectionSet, schema, conditions);
    const { element } = selection;
    const bySchema = element.name === '__typename' || element.definition.isSchemaIntrospectionField();
    return bySchema ? [] : [{ element, conditions }];
  });
}

/** Response names of all fields of the root that some fetch asks for. */
function rootNames(node: PlanNode | SubscriptionNode): readonly string[] {
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel':
      return node.nodes.flatMap(rootNames);
    case 'Condition':
      return [node.ifClause, node.elseClause].flatMap((clause) => (clause ? rootNames(clause) : []));
    case 'Fetch':
      return node.requires ? [] : namesIn(node.operation);
    default:
      return [];
  }
}

function namesIn(query: string): readonly string[] {
  const { definitions } = parse(query, { noLocation: true });
  const fragments = new Map(
    definitions.flatMap((one) =>
      one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one.selectionSet] as const] : [],
    ),
  );
  const names = (set: SelectionSetNode | undefined): readonly string[] =>
    (set?.selections ?? []).flatMap((node) => {
      if (node.kind === Kind.FIELD) return [(node.alias ?? node.name).value];
      return names(node.kind === Kind.INLINE_FRAGMENT ? node.selectionSet : fragments.get(node.name.value));
    });
  return definitions.flatMap((one) => (one.kind === Kind.OPERATION_DEFINITION ? names(one.selectionSet) : []));
}
