import type { FastifyReply, FastifyRequest } from 'fastify';
import { missingScopes } from '#subgraphs/runtime/scopes';
import { hasScopes } from '#tenancy/context';
import type { TakeRequest } from '../admission/rate-limit.ts';
import type { Identify } from '../identity/index.ts';
import type { OwnCaller } from './own-operations.ts';

/**
 * The door of a route beside /graphql, in the order of the graph's: who asks, how often, and whether they may.
 * @param what names the route for its rate and its errors, such as `POST /events`
 * @throws PolygraphError that refuses the whole request
 */
export type RouteDoor = (
  request: FastifyRequest,
  reply: FastifyReply,
  what: string,
  scope: string,
) => Promise<OwnCaller>;

export function createRouteDoor(identify: Identify, takeRequest: TakeRequest): RouteDoor {
  return async (request, reply, what, scope) => {
    const tenant = await identify(request.headers);
    await takeRequest(tenant, what, (name, value) => reply.header(name, value));
    if (!hasScopes(tenant, [scope])) throw missingScopes(what, [scope], tenant);
    return { tenant, requestId: request.id };
  };
}
