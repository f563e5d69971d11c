import type { AddressInfo } from 'node:net';
import helmet from '@fastify/helmet';
import Fastify, { type FastifyInstance, type FastifyPluginAsync } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import type { Logger } from '#platform/log';
import { createMetrics, type Metrics } from '#platform/metrics';
import type { Settings } from '#platform/settings';
import type { TrustedDocuments } from '#schema/trusted-documents';
import type { SignAssertion } from '#tenancy/assertion/sign';
import type { ResolveDocument } from '../admission/documents.ts';
import type { GuardSignIn } from '../admission/failed-sign-ins.ts';
import { createLimits } from '../admission/limits.ts';
import type { OperationCosts } from '../admission/operation-costs.ts';
import type { AwaitOwnWrites } from '../admission/own-writes.ts';
import type { TakeRequest } from '../admission/rate-limit.ts';
import type { Caching } from '../caching/index.ts';
import { createExecution, type FindSubgraph, type SubgraphPlaces } from '../execution/index.ts';
import type { Identify } from '../identity/index.ts';
import { createAddressOf } from './address.ts';
import { createAnswer } from './answer.ts';
import { allowOrigins } from './cors.ts';
import { graphqlRoute } from './graphql-route.ts';
import { answerHttpErrors, createRefusal } from './http-errors.ts';
import { createHttpServer } from './http-server.ts';
import { rememberBodies } from './known-bodies.ts';
import { createKnownOperations } from './known-operations.ts';
import { operationalRoutes, type ReadDatabaseServers, type StoreChecks } from './operational-routes.ts';
import { createOwnOperations, type OwnOperations } from './own-operations.ts';
import { createPostOffice, type PostOffice } from './post-office.ts';
import { createRequestIds } from './request-ids.ts';
import { createServer } from './server.ts';
import { createShortRoad } from './short-road.ts';
import { createSteps } from './steps.ts';

export type ServeSettings = Omit<Settings, 'DATABASE_URL' | 'MONGODB_URL' | 'REDIS_URL' | `NEO4J_${string}`>;

/** What every gateway needs, whoever its callers are. */
export interface ServeOptions {
  settings: ServeSettings;
  log: Logger;
  supergraphSdl: string;
  /** Where each subgraph of the supergraph is: a host of this process or a URL. */
  subgraphs: SubgraphPlaces | FindSubgraph;
  health: StoreChecks;
  databaseServers?: ReadDatabaseServers | undefined;
  /** Pages beside the API, such as the playground. */
  plugins?: readonly FastifyPluginAsync[];
  metrics?: Metrics;
}

/** Who may ask, how often, and what the subgraphs are told of it. */
export interface Doors {
  readonly identify: Identify;
  readonly takeRequest: TakeRequest | undefined;
  /** Absent where nobody signs in. */
  readonly guardSignIn?: GuardSignIn;
  /** Absent where documents are taken as text only. */
  readonly resolveDocument?: ResolveDocument;
  /** Documents that are planned before anybody asks. */
  readonly trusted?: TrustedDocuments;
  /** Absent where nothing is kept. */
  readonly caching?: Caching | undefined;
  /** Absent where nobody pays. */
  readonly costs?: OperationCosts;
  readonly awaitOwnWrites?: AwaitOwnWrites | undefined;
  readonly sign: SignAssertion | undefined;
  /** Public keys of the local issuer. */
  readonly jwks: object | undefined;
  /** Routes that ask something of the graph themselves. */
  routes?(graph: OwnOperations): readonly FastifyPluginAsync[];
  /** @throws TypeError for a supergraph that must not be served */
  checkSupergraph(supergraphSdl: string): void;
}

export interface Gateway {
  /** Without a path, for example http://127.0.0.1:4000 */
  readonly url: string;
  /**
   * Serves another supergraph from now on; what is under way ends with the one it began with.
   * @throws Error where it cannot be served; then the former stays
   */
  update(supergraphSdl: string): void;
  /** Refuses new requests, lets running ones finish within DRAIN_SECONDS, then closes. */
  stop(): Promise<void>;
}

/** @throws TypeError where the supergraph must not be served; Error of Node where the port is taken */
export async function serve(options: ServeOptions, doors: Doors): Promise<Gateway> {
  const { settings, log, supergraphSdl, health, databaseServers, metrics = createMetrics() } = options;
  doors.checkSupergraph(supergraphSdl);
  const execution = createExecution({
    supergraphSdl,
    subgraphs: options.subgraphs,
    sign: doors.sign,
    // A subgraph that hangs costs its fields; the rest still has a fifth of the time to be merged and sent.
    fetchTimeoutMs: Math.ceil(settings.OPERATION_TIMEOUT_MS * 0.8),
    intercept: doors.caching?.intercept,
    metrics,
    log,
  });
  const served: { schema?: GraphQLSchema } = {};
  execution.gateway.onSchemaLoadOrUpdate(({ apiSchema }) => {
    served.schema = apiSchema;
  });
  const steps = createSteps(doors.costs);
  const known = createKnownOperations(execution.operations);
  const server = createServer({ gateway: execution.gateway, steps, known, settings, log });
  const state = { draining: false };
  const counter: { post: PostOffice } = { post: () => false };
  const newRequestId = createRequestIds();
  const app = createApp(settings, log, newRequestId, (request, response) => counter.post(request, response));
  const answer = createAnswer({
    ...{ server, metrics, log, identify: doors.identify, takeRequest: doors.takeRequest },
    ...{ addressOf: createAddressOf(settings.TRUSTED_PROXIES), guardSignIn: doors.guardSignIn },
    ...{ resolveDocument: doors.resolveDocument, awaitOwnWrites: doors.awaitOwnWrites },
    shortRoad: createShortRoad({ known, operations: execution.operations, steps, metrics, log }),
    checkLimits: createLimits(settings),
    timeoutMs: settings.OPERATION_TIMEOUT_MS,
  });

  await server.start();
  await app.register(helmet);
  await allowOrigins(app, settings.CORS_ORIGINS);
  const isDraining = (): boolean => state.draining;
  await app.register(operationalRoutes({ health, databaseServers, metrics, settings, isDraining, jwks: doors.jwks }));
  await app.register(graphqlRoute(answer));
  const graph = createOwnOperations({
    ...{ server, log, timeoutMs: settings.OPERATION_TIMEOUT_MS },
    schema: () => served.schema,
  });
  for (const plugin of [...(options.plugins ?? []), ...(doors.routes?.(graph) ?? [])]) await app.register(plugin);
  await app.ready();
  counter.post = createPostOffice({
    ...{ answer, isDraining, newRequestId, bodyLimit: settings.REQUEST_BODY_LIMIT },
    parse: rememberBodies(jsonParserOf(app)),
    refusal: createRefusal(settings.REQUEST_BODY_LIMIT, log),
    headers: await headersOfEveryAnswer(app),
  });
  await app.listen({ port: settings.PORT, host: settings.HOST });
  void known.warm([...(doors.trusted?.values() ?? [])].map((query) => ({ query })));

  return {
    url: urlOf(app, settings.HOST),
    update(sdl) {
      doors.checkSupergraph(sdl);
      execution.update(sdl);
    },
    async stop() {
      state.draining = true;
      const impatience = setTimeout(() => app.server.closeAllConnections(), settings.DRAIN_SECONDS * 1_000);
      await app.close();
      clearTimeout(impatience);
      await server.stop();
      await execution.close();
      doors.caching?.close();
    },
  };
}

function createApp(
  settings: ServeSettings,
  log: Logger,
  newRequestId: ReturnType<typeof createRequestIds>,
  post: PostOffice,
): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit: settings.REQUEST_BODY_LIMIT,
    forceCloseConnections: 'idle',
    serverFactory: (handler) => createHttpServer({ settings, post, handler }),
    requestIdHeader: false,
    genReqId: ({ headers }) => newRequestId(headers),
  });
  // Only JSON is read; the types a form can send without a preflight are refused before anything else.
  app.removeContentTypeParser('text/plain');
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  answerHttpErrors(app, settings.REQUEST_BODY_LIMIT, log);
  return app;
}

/** The parser that fastify itself uses for JSON, which refuses keys that poison prototypes. */
function jsonParserOf(app: FastifyInstance): (text: string) => unknown {
  const parse = app.getDefaultJsonParser('error', 'error');
  return (text) => {
    const read: { value?: unknown; error?: unknown } = {};
    // It looks at the text alone, and calls back at once.
    parse({} as Parameters<typeof parse>[0], text, (error, value) => Object.assign(read, { error, value }));
    if (read.error) throw read.error;
    return read.value;
  };
}

/** What hooks put on any answer, taken from one: the post office then needs no second list of them. */
async function headersOfEveryAnswer(app: FastifyInstance): Promise<Record<string, string>> {
  const { headers } = await app.inject({ method: 'GET', url: '/healthz' });
  const own = new Set(['content-type', 'content-length', 'date', 'connection', 'x-request-id']);
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !own.has(name))
      .map(([name, value]) => [name, String(value)]),
  );
}

function urlOf(app: FastifyInstance, host: string): string {
  const { port } = app.server.address() as AddressInfo;
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
