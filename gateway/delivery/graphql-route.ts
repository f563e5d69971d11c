import { type ApolloServer, HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorCode, findPolygraphError, PolygraphError } from '#platform/errors';
import type { Logger } from '#platform/log';
import type { Metrics } from '#platform/metrics';
import { checkVariables } from '#platform/text';
import type { TenantContext } from '#tenancy/context';
import type { CheckLimits } from '../admission/limits.ts';
import type { TakeRequest } from '../admission/rate-limit.ts';
import { DeadlineError, type Limit, withDeadline } from '../execution/deadline.ts';
import type { GatewayContext, OperationTrace } from '../execution/operation.ts';
import type { Identify } from '../identity/index.ts';
import { errorBody } from './errors.ts';
import { withStatus } from './server.ts';

export interface GraphqlRouteOptions {
  server: ApolloServer<GatewayContext>;
  identify: Identify;
  takeRequest: TakeRequest;
  checkLimits: CheckLimits;
  timeoutMs: number;
  metrics: Metrics;
  log: Logger;
}

/** POST /graphql, the way of a request: identity, rate, limits, then plan and execution. */
export function graphqlRoute(options: GraphqlRouteOptions): FastifyPluginAsync {
  return async (app) => {
    // Every answer is about one tenant: nothing between us and the caller may keep it.
    app.addHook('onRequest', async (_request, reply) => {
      reply.header('cache-control', 'private, no-store');
    });
    app.post('/graphql', (request, reply) => answer(request, reply, options));
    app.route({
      method: ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
      url: '/graphql',
      handler: async (_request, reply) => {
        const error = new PolygraphError('BAD_USER_INPUT', 'Send operations to /graphql with POST and a JSON body.');
        return reply.code(405).header('allow', 'POST').send(errorBody(error));
      },
    });
  };
}

/** What is known of a request while it is answered, for the log and the metrics. */
interface Visit {
  tenant: TenantContext | undefined;
  refusal: ErrorCode | undefined;
  readonly trace: OperationTrace;
  readonly log: Logger;
}

async function answer(request: FastifyRequest, reply: FastifyReply, options: GraphqlRouteOptions): Promise<string> {
  const started = performance.now();
  const log = options.log.child({ requestId: request.id });
  const trace: OperationTrace = { fetches: 0, storeQueries: undefined, code: undefined };
  const visit: Visit = { tenant: undefined, refusal: undefined, trace, log };
  try {
    const httpGraphQLRequest = { method: 'POST', headers: headersOf(request), body: request.body, search: '' };
    const response = await withDeadline(options.timeoutMs, undefined, (limit) =>
      options.server.executeHTTPGraphQLRequest({
        httpGraphQLRequest,
        context: () => admit(request, reply, options, visit, limit),
      }),
    );
    return await deliver(response, reply);
  } catch (thrown) {
    const late = new PolygraphError('TIMEOUT', 'The operation took too long and was given up.');
    const error = thrown instanceof DeadlineError ? late : thrown;
    visit.refusal = findPolygraphError(error)?.code ?? 'INTERNAL';
    throw error;
  } finally {
    const code = visit.refusal ?? trace.code ?? (reply.statusCode < 400 ? 'OK' : 'BAD_USER_INPUT');
    const seconds = (performance.now() - started) / 1000;
    options.metrics.observeRequest(code, seconds);
    log.info(
      { tenant: visit.tenant?.tenantId, code, ms: Math.round(seconds * 1000), fetches: trace.fetches },
      'request',
    );
  }
}

/** Identity before everything, so that limits and their messages are for those who may ask at all. */
async function admit(
  { headers, body, id }: FastifyRequest,
  reply: FastifyReply,
  { identify, takeRequest, checkLimits }: GraphqlRouteOptions,
  visit: Visit,
  limit: Limit,
): Promise<GatewayContext> {
  try {
    const tenant = await identify(headers);
    visit.tenant = tenant;
    await takeRequest(tenant, (name, value) => reply.header(name, value));
    checkRequest(body, checkLimits);
    return {
      tenant,
      requestId: id,
      log: visit.log.child({ tenant: tenant.tenantId }),
      limit,
      trace: visit.trace,
      showTrace: headers['x-polygraph-trace'] === '1',
    };
  } catch (error) {
    visit.refusal = findPolygraphError(error)?.code ?? 'INTERNAL';
    throw withStatus(error);
  }
}

/** What remains, such as an `operationName` that is a number, Apollo Server explains well enough. */
function checkRequest(body: unknown, checkLimits: CheckLimits): void {
  if (Array.isArray(body)) throw new PolygraphError('NOT_SUPPORTED', 'Send one operation a request, not a batch.');
  const { query, variables, extensions } = (body ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof query === 'string' && query.trim() !== '') checkLimits(query);
  else if (!extensions)
    throw new PolygraphError('BAD_USER_INPUT', 'The body is a JSON object with an operation as text in `query`.');
  checkVariables(variables);
}

async function deliver({ status, headers, body }: HTTPGraphQLResponse, reply: FastifyReply): Promise<string> {
  reply.code(status ?? 200);
  for (const [name, value] of headers) if (name !== 'cache-control') reply.header(name, value);
  if (body.kind === 'complete') return body.string;
  throw new PolygraphError('NOT_SUPPORTED', 'Incremental delivery is not supported.');
}

function headersOf(request: FastifyRequest): HeaderMap {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return headers;
}
