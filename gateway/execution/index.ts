import { ApolloGateway, type GraphQLDataSource } from '@apollo/gateway';
import type { ApolloServerOptions } from '@apollo/server';
import type { Logger } from '#platform/log';
import type { Metrics } from '#platform/metrics';
import { withTally } from '#platform/tally';
import type { SubgraphHost } from '#subgraphs/runtime/host';
import type { SignAssertion } from '#tenancy/assertion/sign';
import { createDataSource } from './data-source.ts';
import { createHttpTransport } from './http.ts';
import { createInProcessTransport } from './in-process.ts';
import type { GatewayContext } from './operation.ts';
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
}: ExecutionOptions): Execution {
  // Without it @apollo/gateway reports to Apollo every hour; it reads the environment when it is made.
  process.env.APOLLO_TELEMETRY_DISABLED = '1';
  const transports: Transport[] = [];

  const buildService = ({ name }: { name: string }): GraphQLDataSource<GatewayContext & Record<string, unknown>> => {
    const place = subgraphs[name];
    if (!place) throw new TypeError(`The supergraph has a subgraph \`${name}\`, and nobody said where it is.`);
    const transport = transportTo(place, fetchTimeoutMs);
    transports.push(transport);
    return createDataSource({ name, transport, sign, timeoutMs: fetchTimeoutMs, metrics });
  };

  const inner = new ApolloGateway({
    supergraphSdl,
    buildService,
    logger: quiet(log),
    __exposeQueryPlanExperimental: false,
  });
  return {
    gateway: counted(inner),
    async close() {
      await Promise.allSettled(transports.map((transport) => transport.close()));
    },
  };
}

function transportTo(place: SubgraphHost | URL, timeoutMs: number): Transport {
  return place instanceof URL ? createHttpTransport({ url: place.href, timeoutMs }) : createInProcessTransport(place);
}

/** Counts what one operation asks of the stores, whichever way its subgraphs are reached. */
function counted(gateway: ApolloGateway): GatewayInterface {
  return {
    onSchemaLoadOrUpdate: (callback) => gateway.onSchemaLoadOrUpdate(callback),
    stop: () => gateway.stop(),
    async load(options) {
      const { executor } = await gateway.load(options);
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
