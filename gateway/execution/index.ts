import { ApolloGateway } from '@apollo/gateway';
import type { ApolloServerOptions } from '@apollo/server';
import type { GraphQLSchema } from 'graphql';
import type { Logger } from '#platform/log';
import type { Metrics } from '#platform/metrics';
import { addCounts, withTally } from '#platform/tally';
import type { SubgraphHost } from '#subgraphs/runtime/host';
import type { SignAssertion } from '#tenancy/assertion/sign';
import { type CompiledOperations, createCompiledOperations } from './compiled/index.ts';
import { createOperations, type Operations } from './compiled/operations.ts';
import { createDataSource } from './data-source.ts';
import type { Interception } from './interception.ts';
import { resolvableKeysFirst } from './key-order.ts';
import type { GatewayContext } from './operation.ts';
import { createPlaces, type Places } from './places.ts';

/** Where each subgraph of the supergraph is: in this process or behind a URL. */
export type SubgraphPlaces = Readonly<Record<string, SubgraphHost | URL>>;
/** @param url that the supergraph names */
export type FindSubgraph = (name: string, url: string | undefined) => SubgraphHost | URL | undefined;

/** What Apollo Server takes as its gateway. */
export type GatewayInterface = NonNullable<ApolloServerOptions<GatewayContext>['gateway']>;
/** What Apollo Server calls for each operation. */
export type Executor = NonNullable<Awaited<ReturnType<GatewayInterface['load']>>['executor']>;

export interface ExecutionOptions {
  supergraphSdl: string;
  subgraphs: SubgraphPlaces | FindSubgraph;
  /** Absent where the subgraphs know no tenants. */
  sign?: SignAssertion | undefined;
  /** Longest wait for one fetch. */
  fetchTimeoutMs: number;
  intercept?: Interception | undefined;
  metrics: Metrics;
  log: Logger;
  /** `vanilla` is @apollo/gateway's own, to compare with. */
  executor?: 'compiled' | 'vanilla';
}

export interface Execution {
  readonly gateway: GatewayInterface;
  /** Operations as they are run without Apollo Server's pipeline; undefined with the `vanilla` executor. */
  readonly operations: CompiledOperations | undefined;
  /**
   * Serves another supergraph from now on; what runs ends with the schema it began with.
   * @throws Error where it cannot be served; then the former stays
   */
  update(supergraphSdl: string): void;
  /** After the server has stopped. */
  close(): Promise<void>;
}

/** Plans and runs operations over the subgraphs. @throws TypeError where a subgraph of the supergraph has no place */
export function createExecution(options: ExecutionOptions): Execution {
  const { supergraphSdl, metrics, log, executor = 'compiled' } = options;
  // Without it @apollo/gateway reports to Apollo every hour; it reads the environment when it is made.
  process.env.APOLLO_TELEMETRY_DISABLED = '1';
  const places = createPlaces(options);
  const updates: ((sdl: string) => void)[] = [];
  const asPlanned = (sdl: string): string => (executor === 'compiled' ? resolvableKeysFirst(sdl) : sdl);

  const inner = new ApolloGateway({
    async supergraphSdl({ update }) {
      updates[0] = update;
      return { supergraphSdl: asPlanned(supergraphSdl) };
    },
    buildService: ({ name, url }) => createDataSource(places.open(name, url)),
    logger: quiet(log),
    __exposeQueryPlanExperimental: false,
  });
  const operations =
    executor === 'compiled'
      ? createCompiledOperations({ operationsOf: compiling(inner, places, options), metrics })
      : undefined;
  const counted = counting(places);
  return {
    gateway: {
      onSchemaLoadOrUpdate: (callback) => inner.onSchemaLoadOrUpdate(callback),
      stop: () => inner.stop(),
      async load(settings) {
        const { executor: own } = await inner.load(settings);
        const executor = operations ? operations.inFrontOf(own as Executor) : (own as Executor);
        return {
          executor: (request) => counted(request.context as unknown as GatewayContext, () => executor(request)),
        };
      },
    },
    operations: operations && {
      ...operations,
      run: (operation, variables, context) => counted(context, () => operations.run(operation, variables, context)),
      runToText: (operation, variables, context) =>
        counted(context, () => operations.runToText(operation, variables, context)),
    },
    update: (sdl) => updates[0]?.(asPlanned(sdl)),
    close: () => places.close(),
  };
}

/** Compiles for each version of the schema with the planner that @apollo/gateway made for it. Call it before the gateway loads. */
function compiling(
  inner: ApolloGateway,
  places: Places,
  { intercept, log }: Pick<ExecutionOptions, 'intercept' | 'log'>,
): (schema: GraphQLSchema) => Operations {
  const versions = new WeakMap<GraphQLSchema, Operations>();
  inner.onSchemaLoadOrUpdate(({ apiSchema: schema, coreSupergraphSdl }) => {
    intercept?.learn(schema, coreSupergraphSdl);
    // Its name says testing, its type is public: the alternative is to hold the query graph twice.
    const planner = inner.__testing().queryPlanner;
    if (!planner) throw new Error('@apollo/gateway has a schema and no planner for it.');
    versions.set(schema, createOperations({ schema, planner, subgraph: places.find, intercept, log }));
  });
  return (schema) => {
    const operations = versions.get(schema);
    if (!operations) throw new Error('An operation came with a schema that was never loaded.');
    return operations;
  };
}

/**
 * Counts what an operation asks of the stores of this process. Only there: it
 * takes an AsyncLocalStorage, which makes every promise of the process dearer.
 */
function counting(places: Places) {
  const tallied = async <T>({ trace }: GatewayContext, run: () => Promise<T>): Promise<T> => {
    const { result, counts } = await withTally(run);
    trace.storeQueries = addCounts(trace.storeQueries, counts);
    return result;
  };
  return <T>(context: GatewayContext, run: () => Promise<T>): Promise<T> =>
    places.anyInProcess ? tallied(context, run) : run();
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
