import type { OperationDefinitionNode } from 'graphql';
import {
  type DocumentNode,
  executeSync,
  type FieldNode,
  type GraphQLSchema,
  Kind,
  OperationTypeNode,
  visit,
} from 'graphql';
import { ownValue } from './objects.ts';
import type { Introspect } from './selections.ts';

/** Introspection is about the schema alone: graphql-js answers it. */
export function createIntrospect(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
): Introspect {
  return (selection) => {
    const field = selection.expandFragments().toSelectionNode() as FieldNode;
    const used = variablesIn(field);
    const document: DocumentNode = {
      kind: Kind.DOCUMENT,
      definitions: [
        {
          kind: Kind.OPERATION_DEFINITION,
          operation: OperationTypeNode.QUERY,
          variableDefinitions: variableDefinitions.filter(({ variable }) => used.has(variable.name.value)),
          selectionSet: { kind: Kind.SELECTION_SET, selections: [field] },
        },
      ],
    };
    const name = field.alias?.value ?? field.name.value;
    return (variableValues) => {
      const { data, errors } = executeSync({ schema, document, rootValue: {}, variableValues });
      if (!data || errors?.length) throw new Error('An introspection query failed.', { cause: errors });
      return ownValue(data, name);
    };
  };
}

function variablesIn(field: FieldNode): ReadonlySet<string> {
  const names = new Set<string>();
  visit(field, { Variable: ({ name }) => void names.add(name.value) });
  return names;
}
