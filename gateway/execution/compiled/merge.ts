import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  print,
  type VariableDefinitionNode,
  visit,
} from 'graphql';
import type { Lot, MergedOperation } from './entity-step.ts';

/** @returns undefined where the operations cannot be one without changing what they mean */
export function mergeOperations(lots: readonly Lot[]): MergedOperation | undefined {
  const documents = lots.map(({ query }) => parse(query, { noLocation: true }));
  const operations = documents.map(entityOperation);
  const directives = new Set(operations.map((operation) => (operation?.directives ?? []).map(print).join()));
  const variables = sharedVariables(operations);
  if (operations.includes(undefined) || directives.size > 1 || !variables) return undefined;
  const aliases = lots.map((_, at) => `e${at}`);
  const representations = lots.map((_, at) => `representations${at}`);
  if (representations.some((name) => variables.has(name))) return undefined;
  const [operationName] = lots.map(({ operationName }) => operationName);
  const parts = documents.map((document, at) => renamed(document, at));
  const definitions = parts.flatMap((part) => operationOf(part)?.variableDefinitions ?? []);
  const operation: OperationDefinitionNode = {
    kind: Kind.OPERATION_DEFINITION,
    operation: OperationTypeNode.QUERY,
    ...(operationName === undefined ? {} : { name: { kind: Kind.NAME, value: operationName } }),
    variableDefinitions: distinctDefinitions(definitions),
    directives: operations[0]?.directives ?? [],
    selectionSet: {
      kind: Kind.SELECTION_SET,
      selections: parts.flatMap((part) => operationOf(part)?.selectionSet.selections ?? []),
    },
  };
  const fragments = parts.flatMap(({ definitions }) =>
    definitions.filter((one): one is FragmentDefinitionNode => one.kind === Kind.FRAGMENT_DEFINITION),
  );
  return {
    query: compact(print({ kind: Kind.DOCUMENT, definitions: [operation, ...fragments] })),
    operationName,
    variableNames: [...new Set(lots.flatMap(({ variableNames }) => variableNames))],
    aliases,
    representations,
  };
}

const operationOf = ({ definitions }: DocumentNode) =>
  definitions.find((one): one is OperationDefinitionNode => one.kind === Kind.OPERATION_DEFINITION);

/** A query of nothing but `_entities`. */
function entityOperation(document: DocumentNode): OperationDefinitionNode | undefined {
  const operation = operationOf(document);
  const selections = operation?.selectionSet.selections ?? [];
  const [field] = selections;
  const plain = field?.kind === Kind.FIELD && field.name.value === '_entities' && !field.alias;
  return operation?.operation === OperationTypeNode.QUERY && plain && selections.length === 1 ? operation : undefined;
}

/** The client's variables by name; undefined where two operations mean different things by one name. */
function sharedVariables(operations: readonly (OperationDefinitionNode | undefined)[]) {
  const known = new Map<string, string>();
  for (const definition of operations.flatMap((operation) => operation?.variableDefinitions ?? [])) {
    const name = definition.variable.name.value;
    if (name === 'representations') continue;
    const text = print(definition);
    if ((known.get(name) ?? text) !== text) return undefined;
    known.set(name, text);
  }
  return known;
}

function renamed(document: DocumentNode, at: number): DocumentNode {
  const suffixed = <T extends { readonly name: { readonly value: string } }>(node: T): T => ({
    ...node,
    name: { ...node.name, value: `${node.name.value}_${at}` },
  });
  return visit(document, {
    Field: (node, _key, _parent, path): FieldNode | undefined =>
      path.length === ROOT_DEPTH && node.name.value === '_entities'
        ? { ...node, alias: { kind: Kind.NAME, value: `e${at}` } }
        : undefined,
    Variable: (node) =>
      node.name.value === 'representations'
        ? { ...node, name: { ...node.name, value: `representations${at}` } }
        : undefined,
    FragmentSpread: suffixed,
    FragmentDefinition: suffixed,
  });
}

/** Of a root field in `definitions.0.selectionSet.selections.0`. */
const ROOT_DEPTH = 5;

function distinctDefinitions(definitions: readonly VariableDefinitionNode[]): VariableDefinitionNode[] {
  return [...new Map(definitions.map((one) => [one.variable.name.value, one])).values()];
}

/** Strings keep their spaces: block strings and quotes are left as printed. */
function compact(text: string): string {
  return text.includes('"') ? text : text.replace(/\s+/g, ' ');
}
