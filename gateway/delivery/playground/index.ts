import { gzipSync } from 'node:zlib';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { type Asset, bundlePlayground } from './bundle.ts';
import { ASSETS, PLAYGROUND_POLICY, type PlaygroundExample, renderPage } from './page.ts';
import { type DemoSession, isLocalPage, toDemoSession } from './session.ts';

export type { PlaygroundExample } from './page.ts';
export type { DemoSession, DemoTenant } from './session.ts';

export interface PlaygroundOptions {
  readonly examples: readonly PlaygroundExample[];
  /**
   * Only in local demo mode: gives the picker its tenants and tokens, to pages on
   * this machine alone. May reject until there are tenants: the page then waits.
   * Absent, the page has a field for a token instead.
   */
  readonly demo?: () => DemoSession | Promise<DemoSession>;
  readonly endpoint?: string;
}

/** Serves the playground at `/`. Bundling starts with the gateway and is awaited by the first page only. */
export function playground({ examples, demo, endpoint = '/graphql' }: PlaygroundOptions): FastifyPluginAsync {
  return async (server) => {
    const ready = bundlePlayground().then((bundle) => ({
      page: renderPage(bundle, { endpoint, demo: demo !== undefined, examples }),
      assets: new Map([
        [bundle.script.file, serveAsset(bundle.script, 'text/javascript; charset=utf-8')],
        [bundle.style.file, serveAsset(bundle.style, 'text/css; charset=utf-8')],
      ]),
    }));
    ready.catch((error: unknown) => server.log.error({ err: error }, 'the playground could not be bundled'));

    server.get('/', async (_request, reply) => {
      const { page } = await ready;
      reply.header('content-security-policy', PLAYGROUND_POLICY).header('cache-control', 'no-cache');
      reply.header('x-content-type-options', 'nosniff').header('referrer-policy', 'no-referrer');
      return reply.type('text/html; charset=utf-8').send(page);
    });

    server.get<{ Params: { file: string } }>(`${ASSETS}:file`, async (request, reply) => {
      const send = (await ready).assets.get(request.params.file);
      return send ? send(request, reply) : reply.code(404).send();
    });

    if (demo) {
      server.get('/playground/session', async (request, reply) => {
        reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
        if (!isLocalPage(request)) return reply.code(404).send();
        try {
          return await reply.send(toDemoSession(await demo()));
        } catch (error) {
          // The gateway serves before the first demo data are made; the page asks again.
          server.log.debug({ err: error }, 'there is no demo session yet');
          return reply.code(503).header('retry-after', '1').send();
        }
      });
    }
  };
}

function serveAsset({ content }: Asset, type: string) {
  const zipped = gzipSync(content);
  return (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const zip = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
    reply.header('cache-control', 'public, max-age=31536000, immutable').header('vary', 'accept-encoding');
    reply.header('x-content-type-options', 'nosniff').type(type);
    if (zip) reply.header('content-encoding', 'gzip');
    return reply.send(zip ? zipped : content);
  };
}
