import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Settings } from '#platform/settings';
import type { PostOffice } from './post-office.ts';
import { endSlowBodies } from './slow-bodies.ts';

export interface HttpServerOptions {
  settings: Pick<Settings, 'HEADERS_TIMEOUT_MS' | 'REQUEST_TIMEOUT_MS' | 'UPLOAD_TIMEOUT_MS'>;
  /** Asked first. */
  post: PostOffice;
  /** Takes the rest. */
  handler: RequestListener;
}

/** How long a connection may be idle; clients are told. */
export const KEEP_ALIVE_SECONDS = 72;

/** The listening server: what is slow, or could be read in two ways, ends here. */
export function createHttpServer({ settings, post, handler }: HttpServerOptions): Server {
  const { HEADERS_TIMEOUT_MS, REQUEST_TIMEOUT_MS: requestMs, UPLOAD_TIMEOUT_MS: uploadMs } = settings;
  const headersTimeout = Math.min(HEADERS_TIMEOUT_MS, requestMs);
  // Node looks for slow ones only now and then, by default every half minute, which would be added to the times.
  const everyMs = Math.min(1_000, Math.ceil(headersTimeout / 4));
  const options = {
    // A client that sends its headers byte by byte holds a socket no longer than this; of bodies see below.
    ...{ headersTimeout, requestTimeout: 0, connectionsCheckingInterval: everyMs },
    keepAliveTimeout: KEEP_ALIVE_SECONDS * 1_000,
  };
  const server = createServer(options, (request, response) => {
    watch(response);
    if (namesTwoHosts(request)) refuseConnection(response);
    else if (!post(request, response)) handler(request, response);
  });
  const watch = endSlowBodies({ server, requestMs, uploadMs, everyMs });
  return server;
}

/** node:http refuses what else two servers could read differently, and takes the first of two hosts. */
function namesTwoHosts({ rawHeaders }: IncomingMessage): boolean {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts > 1;
}

function refuseConnection(response: ServerResponse): void {
  response.writeHead(400, { connection: 'close', 'content-length': 0 }).end();
}
