import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import { ERRORS, isErrorCode } from '#platform/errors';
import type { Logger } from '#platform/log';
import { withTally } from '#platform/tally';
import { ASSERTION_HEADER } from '#tenancy/assertion/claims';
import type { SubgraphHost } from './host.ts';

export interface ServeOptions {
  /** 0 lets the system choose. */
  port: number;
  hostAddress: string;
  log: Logger;
  /** Largest request, in bytes: many representations with their fields. */
  bodyLimit?: number;
}

/**
 * Puts one subgraph behind HTTP. The body reaches the host as the text that
 * arrived: it is what was signed, and parsing and printing it again would not
 * give the same bytes.
 */
export async function serveSubgraph(
  host: SubgraphHost,
  { port, hostAddress, log, bodyLimit = 16_000_000 }: ServeOptions,
): Promise<{ url: string; stop(): Promise<void> }> {
  const app = Fastify({ logger: false, bodyLimit, forceCloseConnections: 'idle', keepAliveTimeout: 72_000 });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => done(null, body));

  app.get('/healthz', async () => ({ status: 'ok' }));
  app.post<{ Body: string }>('/graphql', async (request, reply) => {
    const assertion = request.headers[ASSERTION_HEADER];
    const requestId = String(request.headers['x-request-id'] ?? request.id);
    const { result, counts } = await withTally(() =>
      host.execute(request.body, typeof assertion === 'string' ? assertion : undefined, requestId),
    );
    const code = result.errors?.[0]?.extensions.code;
    // A request that was refused at the door has no data at all.
    const status = result.data === undefined && isErrorCode(code) ? ERRORS[code].status : 200;
    return reply.code(status).send({ ...result, extensions: { ...result.extensions, storeQueries: counts } });
  });

  await app.listen({ port, host: hostAddress });
  log.info({ subgraph: host.name }, 'subgraph listens');
  const { port: taken } = app.server.address() as AddressInfo;
  return { url: `http://${hostAddress}:${taken}/graphql`, stop: () => app.close() };
}
