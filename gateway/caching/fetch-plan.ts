import {
  type FieldNode,
  type GraphQLSchema,
  getOperationAST,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionSetNode,
  visit,
} from 'graphql';
import type { CacheHints } from './hints.ts';
import { fragmentsOf } from './operations.ts';
import { type Policy, type PolicyOptions, policyOf } from './policy.ts';

/** What of a fetch may be kept: the whole of it, or entities one by one. */
export type FetchPlan =
  | { readonly kind: 'whole'; readonly policy: Policy }
  | { readonly kind: 'entities'; readonly lists: readonly EntityList[] };

/** One `_entities` of a fetch. */
export interface EntityList {
  readonly responseKey: string;
  /** The variable that holds its representations. */
  readonly variable: string;
  /** By typename; types that are absent are never kept. */
  readonly policies: ReadonlyMap<string, Policy>;
  /** The selection as text, which is the same wherever it is asked for. */
  readonly selection: string;
  /** Other variables that it uses. */
  readonly variables: readonly string[];
}

/** @param query as the planner printed it @returns undefined where nothing of it may be kept */
export function planFetch(query: string, schema: GraphQLSchema, hints: CacheHints): FetchPlan | undefined {
  const document = parse(query, { noLocation: true });
  const operation = getOperationAST(document);
  if (operation?.operation !== 'query') return undefined;
  const options: PolicyOptions = { schema, hints, fragments: fragmentsOf(document) };
  const fields = operation.selectionSet.selections.filter((node): node is FieldNode => node.kind === Kind.FIELD);
  const isEntities = ({ name }: FieldNode): boolean => name.value === '_entities';
  if (fields.length < operation.selectionSet.selections.length || !fields.some(isEntities)) {
    const policy = policyOf(operation.selectionSet, schema.getQueryType()?.name ?? '', options);
    return policy && { kind: 'whole', policy };
  }
  // The planner does not ask for entities and root fields at once.
  if (!fields.every(isEntities)) return undefined;
  const lists = fields.map((field) => listOf(field, operation, options));
  return lists.some(({ policies }) => policies.size > 0) ? { kind: 'entities', lists } : undefined;
}

function listOf(field: FieldNode, operation: OperationDefinitionNode, options: PolicyOptions): EntityList {
  const [argument] = field.arguments ?? [];
  const variable = argument?.value.kind === Kind.VARIABLE ? argument.value.name.value : '';
  const selection = field.selectionSet ?? { kind: Kind.SELECTION_SET, selections: [] };
  const used = new Set<string>();
  const spread = { value: false };
  visit(selection, {
    Variable: ({ name }) => void used.add(name.value),
    FragmentSpread: () => {
      spread.value = true;
    },
  });
  const types = (operation.variableDefinitions ?? []).filter((one) => used.has(one.variable.name.value)).map(print);
  return {
    responseKey: field.alias?.value ?? field.name.value,
    variable,
    // A named fragment could be another one under the same name elsewhere.
    policies: spread.value || variable === '' ? new Map() : policiesOf(selection, options),
    selection: [print(selection), ...types].join('\n'),
    variables: [...used].sort(),
  };
}

function policiesOf({ selections }: SelectionSetNode, options: PolicyOptions): ReadonlyMap<string, Policy> {
  const byType = new Map<string, SelectionSetNode['selections'][number][]>();
  for (const node of selections) {
    if (node.kind === Kind.FIELD && node.name.value === '__typename') continue;
    const type = node.kind === Kind.INLINE_FRAGMENT ? node.typeCondition?.name.value : undefined;
    // An entity could fit an interface and its own type at once, and would need both parts.
    if (node.kind !== Kind.INLINE_FRAGMENT || !type || !isObjectType(options.schema.getType(type))) return new Map();
    byType.set(type, [...(byType.get(type) ?? []), ...node.selectionSet.selections]);
  }
  return new Map(
    [...byType].flatMap(([type, own]) => {
      const policy = policyOf({ kind: Kind.SELECTION_SET, selections: own }, type, options);
      return policy ? [[type, policy] as const] : [];
    }),
  );
}
