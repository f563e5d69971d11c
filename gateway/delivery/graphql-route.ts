import type { FastifyPluginAsync, FastifyReply } from 'fastify';
import { PolygraphError } from '#platform/errors';
import type { AnswerRequest } from './answer.ts';
import { errorBody } from './errors.ts';

/** POST /graphql for what the post office leaves to fastify, and a hint for the other methods. */
export function graphqlRoute(answer: AnswerRequest): FastifyPluginAsync {
  return async (app) => {
    // Every answer is about one tenant: nothing between us and the caller may keep it.
    app.addHook('onRequest', async (_request, reply) => {
      reply.header('cache-control', 'private, no-store');
    });
    app.post('/graphql', async ({ id, headers, body, raw }, reply) => {
      const answered = await answer({ id, headers, body, raw }, (name, value) => reply.header(name, value));
      return reply.code(answered.status).header('content-type', answered.contentType).send(answered.body);
    });
    app.route({
      method: ['GET', 'PUT', 'PATCH', 'DELETE'],
      url: '/graphql',
      handler: async (_request, reply) => refuseMethod(reply),
    });
  };
}

export function refuseMethod(reply: FastifyReply): FastifyReply {
  const error = new PolygraphError('BAD_USER_INPUT', 'Send operations to /graphql with POST and a JSON body.');
  return reply.code(405).header('allow', 'POST').send(errorBody(error));
}
