import type { GraphQLDataSource } from '@apollo/gateway';
import type { GatewayContext } from './operation.ts';
import { type Subgraph, unavailable } from './subgraph.ts';
import type { SubgraphAnswer, SubgraphAnswerError } from './transport.ts';
import { atFields, unservedPaths } from './unserved-paths.ts';

type DataSource = GraphQLDataSource<GatewayContext & Record<string, unknown>>;
type Answer = Awaited<ReturnType<DataSource['process']>>;

/** A subgraph in the form that @apollo/gateway's own executor takes. */
export function createDataSource(subgraph: Subgraph): DataSource {
  return {
    async process({ request: { query = '', variables, operationName }, context }) {
      const body = JSON.stringify({ query, variables, operationName });
      const answer = await subgraph.ask(body, context as GatewayContext, READ.test(query) ? 'read' : 'write');
      if (!answer) return unserved(subgraph.name, query, variables) as unknown as Answer;
      const { errors } = answer;
      return (errors ? { ...answer, errors: atFields(errors, query) } : answer) as Answer;
    },
  };
}

/** How the planner prints a query; what begins otherwise is shared with nobody. */
const READ = /^(query\b|\{)/;

function unserved(name: string, query: string, variables: Record<string, unknown> | undefined): SubgraphAnswer {
  const { message, extensions } = unavailable(name);
  const errorAt = (path: SubgraphAnswerError['path']): SubgraphAnswerError => ({ message, extensions, path });
  return { data: null, errors: unservedPaths(query, variables).map(errorAt) };
}
