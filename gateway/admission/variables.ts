import { type GraphQLSchema, getVariableValues, type OperationDefinitionNode } from 'graphql';
import { PolygraphError } from '#platform/errors';

/**
 * Refuses variables that do not fit before @apollo/gateway looks at them: it
 * collects an error for every wrong value, and a list of a hundred thousand kept
 * the process busy for half a minute.
 * @throws PolygraphError BAD_USER_INPUT that names the first
 */
export function checkVariableTypes(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>> = {},
): void {
  const { errors } = getVariableValues(schema, variableDefinitions, variables, { maxErrors: 1 });
  const [error] = errors ?? [];
  if (error) throw new PolygraphError('BAD_USER_INPUT', error.message, { nodes: error.nodes ?? null });
}
