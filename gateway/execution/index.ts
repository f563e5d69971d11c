import { ApolloGateway } from '@apollo/gateway';
import type { ApolloServerOptions } from '@apollo/server';
import type { GraphQLSchema } from 'graphql';
import type { Logger } from '#platform/log';
import type { Metrics } from '#platform/metrics';
import { withTally } from '#platform/tally';
import type { SubgraphHost } from '#subgraphs/runtime/host';
import type { SignAssertion } from '#tenancy/assertion/sign';
import { createCompiledExecutor, type Executor } from './compiled/index.ts';
import { createOperations, type Operations } from './compiled/operations.ts';
import { createDataSource } from './data-source.ts';
import { createHttpTransport } from './http.ts';
import { createInProcessTransport } from './in-process.ts';
import type { GatewayContext } from './operation.ts';
import { createSubgraph, type Subgraph } from './subgraph.ts';
import type { Transport } from './transport.ts';

/** Where each subgraph of the supergraph is: in this process or behind a URL. */
export type SubgraphPlaces = Readonly<Record<string, SubgraphHost | URL>>;

/** What Apollo Server takes as its gateway. */
export type GatewayInterface = NonNullable<ApolloServerOptions<GatewayContext>['gateway']>;

export interface ExecutionOptions {
  supergraphSdl: string;
  subgraphs: SubgraphPlaces;
  sign: SignAssertion;
  /** Longest wait for one fetch. */
  fetchTimeoutMs: number;
  metrics: Metrics;
  log: Logger;
  /** `vanilla` is @apollo/gateway's own, to compare with. */
  executor?: 'compiled' | 'vanilla';
}

export interface Execution {
  readonly gateway: GatewayInterface;
  /** After the server has stopped. */
  close(): Promise<void>;
}

/** Plans and runs operations over the subgraphs. @throws TypeError where a subgraph of the supergraph has no place */
export function createExecution({
  supergraphSdl,
  subgraphs,
  sign,
  fetchTimeoutMs,
  metrics,
  log,
  executor = 'compiled',
}: ExecutionOptions): Execution {
  // Without it @apollo/gateway reports to Apollo every hour; it reads the environment when it is made.
  process.env.APOLLO_TELEMETRY_DISABLED = '1';
  const transports: Transport[] = [];
  const known: Record<string, Subgraph> = {};

  const inner = new ApolloGateway({
    supergraphSdl,
    buildService({ name }) {
      const place = subgraphs[name];
      if (!place) throw new TypeError(`The supergraph has a subgraph \`${name}\`, and nobody said where it is.`);
      const transport = transportTo(place, fetchTimeoutMs);
      transports.push(transport);
      const subgraph = createSubgraph({ name, transport, sign, timeoutMs: fetchTimeoutMs, metrics });
      known[name] = subgraph;
      return createDataSource(subgraph);
    },
    logger: quiet(log),
    __exposeQueryPlanExperimental: false,
  });
  const choose = executor === 'vanilla' ? (own: Executor) => own : compiling(inner, known, metrics, log);
  return {
    gateway: gatewayOf(inner, choose),
    async close() {
      await Promise.allSettled(transports.map((transport) => transport.close()));
    },
  };
}

/** Compiles for the schema of the day, with the planner that @apollo/gateway made for it. Call it before the gateway loads. */
function compiling(
  inner: ApolloGateway,
  subgraphs: Readonly<Record<string, Subgraph>>,
  metrics: Metrics,
  log: Logger,
): (own: Executor) => Executor {
  const versions: { schema: GraphQLSchema; operations: Operations }[] = [];
  inner.onSchemaLoadOrUpdate(({ apiSchema: schema }) => {
    // Its name says testing, its type is public: the alternative is to hold the query graph twice.
    const planner = inner.__testing().queryPlanner;
    if (!planner) throw new Error('@apollo/gateway has a schema and no planner for it.');
    versions[0] = { schema, operations: createOperations({ schema, planner, subgraphs, log }) };
  });
  const current = () => {
    const [version] = versions;
    if (!version) throw new Error('An operation came before the schema.');
    return version;
  };
  return (own) => createCompiledExecutor({ current, fallback: own, metrics });
}

function transportTo(place: SubgraphHost | URL, timeoutMs: number): Transport {
  return place instanceof URL ? createHttpTransport({ url: place.href, timeoutMs }) : createInProcessTransport(place);
}

/** The life cycle is @apollo/gateway's, the executor the chosen one; what an operation asks of the stores is counted. */
function gatewayOf(inner: ApolloGateway, choose: (own: Executor) => Executor): GatewayInterface {
  return {
    onSchemaLoadOrUpdate: (callback) => inner.onSchemaLoadOrUpdate(callback),
    stop: () => inner.stop(),
    async load(options) {
      const { executor: own } = await inner.load(options);
      const executor = choose(own as Executor);
      return {
        executor: async (request) => {
          const { result, counts } = await withTally(() => executor(request));
          (request.context as unknown as GatewayContext).trace.storeQueries = counts;
          return result;
        },
      };
    },
  };
}

/** Its chatter is ours at a level below. */
function quiet(log: Logger) {
  const own = log.child({ part: 'apollo-gateway' });
  return {
    debug: (message: string) => own.trace(message),
    info: (message: string) => own.debug(message),
    warn: (message: string) => own.warn(message),
    error: (message: string) => own.error(message),
  };
}
