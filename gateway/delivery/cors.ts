import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import { refuseMethod } from './graphql-route.ts';

/**
 * Each origin by its exact name: no `*`, no pattern, and no cookies, which nothing here reads. The answer to an origin
 * that is not named has no header that would let its page read it.
 */
export async function allowOrigins(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  // What is not what a browser asks ahead gets our error and not that of the library.
  app.addHook('onRequest', async ({ method, headers }, reply) => {
    const isPreflight = headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
    if (method === 'OPTIONS' && !isPreflight) return refuseMethod(reply);
  });
  await app.register(cors, {
    origin: [...origins],
    methods: ['POST'],
    allowedHeaders: [...REQUEST_HEADERS],
    exposedHeaders: ['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset', 'retry-after', 'x-request-id'],
    credentials: false,
    maxAge: 600,
    hideOptionsRoute: true,
  });
}

const REQUEST_HEADERS = [
  ...['authorization', 'content-type', 'x-api-key', 'x-device-id', 'x-request-id'],
  ...['x-polygraph-after', 'x-polygraph-trace', 'x-polygraph-wait-ms'],
] as const;
