import { Kind, parse, type SelectionNode } from 'graphql';

/**
 * The paths, as the subgraph would name them, of what a failed fetch leaves
 * null: its root fields, or for entities their fields. The gateway turns
 * `_entities.3.body` into the path in the client's answer.
 */
export function unservedPaths(
  query: string,
  variables: Readonly<Record<string, unknown>> | undefined,
): readonly (readonly (string | number)[])[] {
  const [operation] = parse(query, { noLocation: true }).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) return [[]];
  const representations = variables?.representations;
  const [first] = operation.selectionSet.selections;
  if (Array.isArray(representations) && first?.kind === Kind.FIELD && first.name.value === '_entities') {
    const names = fieldNames(first.selectionSet?.selections ?? []);
    const paths = representations.flatMap((_, index) => names.map((name) => ['_entities', index, name]));
    return paths.slice(0, MOST);
  }
  return fieldNames(operation.selectionSet.selections).map((name) => [name]);
}

function fieldNames(selections: readonly SelectionNode[]): readonly string[] {
  const names = selections.flatMap((node): readonly string[] => {
    if (node.kind === Kind.FIELD) return [node.alias?.value ?? node.name.value];
    return node.kind === Kind.INLINE_FRAGMENT ? fieldNames(node.selectionSet.selections) : [];
  });
  return [...new Set(names)].filter((name) => name !== '__typename');
}

/** A page of a hundred entities needs no thousand equal errors. */
const MOST = 50;
