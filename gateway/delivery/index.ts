import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import helmet from '@fastify/helmet';
import Fastify, { type FastifyInstance, type FastifyPluginAsync } from 'fastify';
import type { Logger } from '#platform/log';
import { createMetrics, type Metrics } from '#platform/metrics';
import type { Settings } from '#platform/settings';
import type { Redis } from '#stores/redis/index';
import { createAssertionKeys } from '#tenancy/assertion/keys';
import { createAssertionSigner } from '#tenancy/assertion/sign';
import { checkSupergraph, printViolation } from '#tenancy/composition/index';
import type { Directory } from '#tenancy/directory';
import { createLimits } from '../admission/limits.ts';
import { createRateLimit } from '../admission/rate-limit.ts';
import { createExecution, type SubgraphPlaces } from '../execution/index.ts';
import { createIdentity } from '../identity/index.ts';
import type { LocalIssuer } from '../identity/local-issuer.ts';
import { remoteKeys } from '../identity/token.ts';
import { graphqlRoute } from './graphql-route.ts';
import { answerHttpErrors } from './http-errors.ts';
import { operationalRoutes, type StoreChecks } from './operational-routes.ts';
import { createServer } from './server.ts';

export interface GatewayOptions {
  settings: Settings;
  log: Logger;
  /** Where each subgraph of the supergraph is: a host of this process or a URL. */
  subgraphs: SubgraphPlaces;
  supergraphSdl: string;
  directory: Directory;
  redis: Pick<Redis, 'forTenant'>;
  health: StoreChecks;
  /** Signs tokens for this machine; needed where JWT_JWKS_URL is not set. */
  issuer?: LocalIssuer;
  /** Pages beside the API, such as the playground. */
  plugins?: readonly FastifyPluginAsync[];
  metrics?: Metrics;
}

export interface Gateway {
  /** Without a path, for example http://127.0.0.1:4000 */
  readonly url: string;
  /** Refuses new requests, lets running ones finish within DRAIN_SECONDS, then closes. */
  stop(): Promise<void>;
}

/**
 * @throws TypeError where settings leave nobody to trust tokens of, or where the supergraph breaks the rules of
 *   tenancy; Error of Node where the port is taken
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { settings, log, supergraphSdl, metrics = createMetrics() } = options;
  refuseUnscoped(supergraphSdl);
  const execution = createExecution({
    supergraphSdl,
    subgraphs: options.subgraphs,
    sign: createAssertionSigner(createAssertionKeys(settings.POLYGRAPH_SECRETS)),
    // A subgraph that hangs costs its fields; the rest still has a fifth of the time to be merged and sent.
    fetchTimeoutMs: Math.ceil(settings.OPERATION_TIMEOUT_MS * 0.8),
    metrics,
    log,
  });
  const server = createServer({ gateway: execution.gateway, supergraphSdl, settings, log });
  const app = createApp(settings, log);
  let draining = false;

  await server.start();
  await app.register(helmet);
  await app.register(
    operationalRoutes({
      health: options.health,
      metrics,
      settings,
      isDraining: () => draining,
      jwks: options.issuer?.jwks,
    }),
  );
  await app.register(
    graphqlRoute({
      server,
      identify: createIdentity({ directory: options.directory, settings, keys: trustedKeys(options) }),
      takeRequest: createRateLimit(options.redis, settings.RATE_LIMIT_PER_MINUTE),
      checkLimits: createLimits(settings),
      timeoutMs: settings.OPERATION_TIMEOUT_MS,
      metrics,
      log,
    }),
  );
  for (const plugin of options.plugins ?? []) await app.register(plugin);
  await app.listen({ port: settings.PORT, host: settings.HOST });

  return {
    url: urlOf(app, settings.HOST),
    async stop() {
      draining = true;
      const impatience = setTimeout(() => app.server.closeAllConnections(), settings.DRAIN_SECONDS * 1_000);
      await app.close();
      clearTimeout(impatience);
      await server.stop();
      await execution.close();
    },
  };
}

/** Whoever composed the supergraph, and however long ago: what is not scoped is not served. */
function refuseUnscoped(supergraphSdl: string): void {
  const violations = checkSupergraph(supergraphSdl);
  if (violations.length === 0) return;
  throw new TypeError(`The gateway does not serve this supergraph:\n${violations.map(printViolation).join('\n')}`);
}

function createApp(settings: Settings, log: Logger): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit: settings.REQUEST_BODY_LIMIT,
    forceCloseConnections: 'idle',
    // A client that sends its request byte by byte holds a socket no longer than this.
    requestTimeout: 30_000,
    requestIdHeader: false,
    genReqId: ({ headers }) => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    },
  });
  // Only JSON is read; the types a form can send without a preflight are refused before anything else.
  app.removeContentTypeParser('text/plain');
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  answerHttpErrors(app, settings.REQUEST_BODY_LIMIT, log);
  return app;
}

function trustedKeys({ settings, issuer }: GatewayOptions) {
  if (settings.JWT_JWKS_URL) return remoteKeys(settings.JWT_JWKS_URL);
  if (!issuer) throw new TypeError('Set JWT_JWKS_URL: without it there is nobody whose tokens can be trusted.');
  if (settings.NODE_ENV === 'production') throw new TypeError('The local issuer signs for anyone; set JWT_JWKS_URL.');
  return issuer.keys;
}

function urlOf(app: FastifyInstance, host: string): string {
  const { port } = app.server.address() as AddressInfo;
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

/** What may stand in a log line and come back in a header. */
const REQUEST_ID = /^[A-Za-z0-9._-]{8,64}$/;
