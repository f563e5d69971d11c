import { createHash } from 'node:crypto';
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper/index.js';
import { execute, type GraphQLError, type GraphQLSchema, getVariableValues, parse } from 'graphql';
import type { Runnable } from '#gateway/execution/compiled/index';
import { JsonText } from '#gateway/execution/compiled/json';
import { NO_LIMIT } from '#gateway/execution/deadline';
import { createExecution, type Execution, type ExecutionOptions } from '#gateway/execution/index';
import type { GatewayContext } from '#gateway/execution/operation';
import { createLogger, type Logger } from '#platform/log';
import { createMetrics, type Metrics } from '#platform/metrics';
import type { SubgraphHost } from '#subgraphs/runtime/host';
import type { TenantContext } from '#tenancy/context';

/** A few subgraphs over data in memory, written as one would write them. */
export interface World {
  readonly name: string;
  readonly subgraphs: Readonly<
    Record<string, { readonly sdl: string; readonly resolvers: GraphQLResolverMap<unknown> }>
  >;
  /** Name, operation, variables. */
  readonly cases: readonly Case[];
}

export type Case = readonly [name: string, query: string, variables?: Readonly<Record<string, unknown>>];

export interface Answer {
  readonly data?: unknown;
  readonly errors: readonly string[];
  /** Nulls for which a subgraph gave no error. */
  readonly completion: readonly string[];
  /** Requests to subgraphs, as `name: body`. */
  readonly fetches: readonly string[];
}

export interface Federation {
  readonly schema: GraphQLSchema;
  readonly metrics: Metrics;
  run(query: string, variables?: Readonly<Record<string, unknown>>, operationName?: string): Promise<Answer>;
  close(): Promise<void>;
}

export interface FederationOptions {
  executor: NonNullable<ExecutionOptions['executor']>;
  /** Operations are run as on the short road, which writes answers as text. */
  toText?: boolean;
  /** Answers go through JSON, as over HTTP. */
  json?: boolean;
  /** In front of each subgraph. */
  wrap?: (host: SubgraphHost, name: string) => SubgraphHost;
  log?: Logger;
}

/** @param urls where the subgraphs take POST; composed once, then opened with one executor or the other. */
export function supergraphOf({ subgraphs }: World, urls: Readonly<Record<string, string>> = {}): string {
  const composed = composeServices(
    Object.entries(subgraphs).map(([name, { sdl }]) => ({
      name,
      typeDefs: parse(FEDERATION + sdl),
      ...(urls[name] ? { url: urls[name] } : {}),
    })),
  );
  if (composed.errors) throw new AggregateError(composed.errors, composed.errors.map(String).join('\n'));
  return composed.supergraphSdl;
}

/** One of the executors over the world's subgraphs, without HTTP, identity or admission. */
export async function openFederation(
  world: World,
  supergraphSdl: string,
  {
    executor,
    json = false,
    toText = false,
    wrap = (host) => host,
    log = createLogger({ level: 'silent' }),
  }: FederationOptions,
): Promise<Federation> {
  const sent: string[] = [];
  const metrics = createMetrics();
  const hosts = Object.entries(world.subgraphs).map(([name, { sdl, resolvers }]) => {
    const schema = buildSubgraphSchema([{ typeDefs: parse(FEDERATION + sdl), resolvers }]);
    const host = wrap(bareHost(schema, json), name);
    const counted: SubgraphHost = {
      ...host,
      execute(body, ...rest) {
        sent.push(`${name}: ${body}`);
        return host.execute(body, ...rest);
      },
    };
    return [name, counted] as const;
  });
  const execution = createExecution({
    supergraphSdl,
    subgraphs: Object.fromEntries(hosts),
    sign: () => 'not looked at',
    fetchTimeoutMs: 5_000,
    metrics,
    log,
    executor,
  });
  const schemas: GraphQLSchema[] = [];
  execution.gateway.onSchemaLoadOrUpdate(({ apiSchema }) => schemas.push(apiSchema));
  const { executor: run } = await execution.gateway.load({ apollo: {} });
  const documents = new Map<string, ReturnType<typeof readDocument>>();
  const [schema] = schemas;
  if (!run || !schema) throw new Error('The gateway did not load.');
  return {
    schema,
    metrics,
    async run(query, variables, operationName) {
      const { document, queryHash } = documents.get(query) ?? readDocument(query);
      documents.set(query, { document, queryHash });
      sent.length = 0;
      const request = { query, variables, operationName };
      const context = contextOf(log);
      const runnable = toText
        ? execution.operations?.find(schema, { document, queryHash, operationName: operationName || undefined })
        : undefined;
      const fitting = runnable && !getVariableValues(schema, runnable.variables, variables ?? {}).errors;
      const result = fitting
        ? await written(execution, runnable, variables ?? {}, context)
        : await run({
            request,
            document,
            schema,
            queryHash,
            context,
            logger: console,
            metrics: {},
          } as unknown as Parameters<typeof run>[0]);
      const completion = (result.extensions?.valueCompletion ?? []) as readonly GraphQLError[];
      return {
        data: result.data,
        errors: (result.errors ?? []).map(lineOf).sort(),
        completion: completion.map(lineOf).sort(),
        fetches: [...sent],
      };
    },
    async close() {
      await execution.gateway.stop();
      await execution.close();
    },
  };
}

/** As on the short road, read again. */
async function written(
  { operations }: Execution,
  runnable: Runnable,
  variables: Readonly<Record<string, unknown>>,
  context: GatewayContext,
) {
  const result = await operations?.runToText(runnable, variables, context);
  const data: unknown = result?.data instanceof JsonText ? JSON.parse(result.data.content.toString()) : result?.data;
  return { ...result, data };
}

const readDocument = (query: string) => ({
  document: parse(query),
  queryHash: createHash('sha256').update(query).digest('hex'),
});

/** What both executors tell: the stock one keeps `completion` back where there are errors. */
export const told = ({ errors, completion }: Answer): readonly string[] => (errors.length > 0 ? errors : completion);

const lineOf = ({ path, extensions, message }: GraphQLError): string =>
  `${path?.join('.') ?? '-'} ${String(extensions?.code)} ${message}`;

function bareHost(schema: GraphQLSchema, json: boolean): SubgraphHost {
  return {
    name: 'content',
    schema,
    async execute(body) {
      const { query, variables } = JSON.parse(body) as { query: string; variables: Record<string, unknown> };
      const result = await execute({ schema, document: parse(query), variableValues: variables });
      return json ? JSON.parse(JSON.stringify(result)) : result;
    },
  };
}

/** Nothing here asks who reads, but who reads the same may share. */
const READER = {
  tenantId: 'one',
  principal: { kind: 'service', id: 'test' },
  roles: [],
  scopes: [],
} as unknown as TenantContext;

export function contextOf(log: Logger): GatewayContext {
  return {
    tenant: READER,
    requestId: 'test',
    visitor: { log },
    limit: NO_LIMIT,
    trace: { fetches: 0, storeQueries: undefined, code: undefined },
    showTrace: false,
    readsOwnWrites: false,
  };
}

export const FEDERATION = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [
    "@key", "@requires", "@provides", "@external", "@shareable", "@override", "@interfaceObject", "@inaccessible"
  ])
`;
