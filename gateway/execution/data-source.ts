import type { GraphQLDataSource, GraphQLDataSourceProcessOptions } from '@apollo/gateway';
import { isErrorCode, PolygraphError } from '#platform/errors';
import type { Metrics } from '#platform/metrics';
import type { SignAssertion } from '#tenancy/assertion/sign';
import { withDeadline } from './deadline.ts';
import type { GatewayContext } from './operation.ts';
import type { SubgraphAnswer, SubgraphAnswerError, Transport } from './transport.ts';
import { atFields, unservedPaths } from './unserved-paths.ts';

export interface DataSourceOptions {
  name: string;
  transport: Transport;
  sign: SignAssertion;
  /** Longest wait for one fetch, shorter than the whole request so that the rest can still be answered. */
  timeoutMs: number;
  metrics: Metrics;
}

type Answer = Awaited<ReturnType<GraphQLDataSource<GatewayContext & Record<string, unknown>>['process']>>;

/**
 * Every fetch of the plan. The request becomes text once; that text is hashed,
 * signed and sent. It never throws: @apollo/gateway would then lose path and
 * code, whereas an answer of errors costs only the fields of this fetch.
 */
export function createDataSource({
  name,
  transport,
  sign,
  timeoutMs,
  metrics,
}: DataSourceOptions): GraphQLDataSource<GatewayContext & Record<string, unknown>> {
  const fetch = async (
    options: GraphQLDataSourceProcessOptions<GatewayContext & Record<string, unknown>>,
  ): Promise<SubgraphAnswer> => {
    const { tenant, requestId, signal, trace } = options.context as GatewayContext;
    const { query, variables, operationName } = options.request;
    trace.fetches += 1;
    const body = JSON.stringify({ query, variables, operationName });
    const assertion = sign(tenant, name, body);
    return withDeadline(timeoutMs, signal, (limit) => transport.send({ body, assertion, requestId, signal: limit }));
  };

  return {
    async process(options) {
      const { log } = options.context as GatewayContext;
      try {
        const answer = await fetch(options);
        const refusal = refusedByDoor(answer);
        if (refusal) throw new Error(`The subgraph refused the gateway: ${refusal}`);
        metrics.countFetch(name, answer.errors ? 'errors' : 'ok');
        const { errors } = answer;
        return (errors ? { ...answer, errors: atFields(errors, options.request.query ?? '') } : answer) as Answer;
      } catch (error) {
        log.error({ err: error, subgraph: name }, 'subgraph did not answer');
        metrics.countFetch(name, 'unavailable');
        return unavailable(name, options.request.query ?? '', options.request.variables) as unknown as Answer;
      }
    },
  };
}

/** An assertion that is refused is a fault between us and the subgraph; the client can do nothing about it. */
function refusedByDoor({ data, errors }: SubgraphAnswer): string | undefined {
  const code = data ? undefined : errors?.[0]?.extensions?.code;
  return isErrorCode(code) && code.startsWith('ASSERTION_') ? code : undefined;
}

function unavailable(name: string, query: string, variables: Record<string, unknown> | undefined): SubgraphAnswer {
  const { message, extensions } = new PolygraphError(
    'SUBGRAPH_UNAVAILABLE',
    `The ${name} part of the graph does not answer.`,
  );
  const errorAt = (path: SubgraphAnswerError['path']): SubgraphAnswerError => ({ message, extensions, path });
  return { data: null, errors: unservedPaths(query, variables).map(errorAt) };
}
