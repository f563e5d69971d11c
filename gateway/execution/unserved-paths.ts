import { Kind, type OperationDefinitionNode, parse, type SelectionNode } from 'graphql';
import type { SubgraphAnswerError } from './transport.ts';

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
  const names = entityFields(operation);
  if (Array.isArray(representations) && names) {
    const paths = representations.flatMap((_, index) => names.map((name) => ['_entities', index, name]));
    return paths.slice(0, MOST);
  }
  return fieldNames(operation.selectionSet.selections).map((name) => [name]);
}

/**
 * An entity that could not be read at all is one error in its subgraph. For the
 * client the entity is there, made of other subgraphs' fields, so the error is
 * moved to the fields it leaves null.
 */
export function atFields(errors: readonly SubgraphAnswerError[], query: string): readonly SubgraphAnswerError[] {
  if (!errors.some(isAtEntity)) return errors;
  const [operation] = parse(query, { noLocation: true }).definitions;
  const names = operation?.kind === Kind.OPERATION_DEFINITION ? entityFields(operation) : undefined;
  if (!names) return errors;
  return errors
    .flatMap((error) =>
      isAtEntity(error) ? names.map((name) => ({ ...error, path: [...(error.path ?? []), name] })) : [error],
    )
    .slice(0, MOST);
}

/** The fields that a fetch of entities asks for, by the names they have in the answer. */
export function entityFieldNames(query: string): readonly string[] {
  const [operation] = parse(query, { noLocation: true }).definitions;
  return (operation?.kind === Kind.OPERATION_DEFINITION && entityFields(operation)) || [];
}

const isAtEntity = ({ path }: SubgraphAnswerError): boolean => path?.length === 2 && path[0] === '_entities';

/** @returns undefined where the operation is not about entities */
function entityFields({ selectionSet }: OperationDefinitionNode): readonly string[] | undefined {
  const [first] = selectionSet.selections;
  if (first?.kind !== Kind.FIELD || first.name.value !== '_entities') return undefined;
  return fieldNames(first.selectionSet?.selections ?? []);
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
