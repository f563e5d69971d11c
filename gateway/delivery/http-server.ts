import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Settings } from '#platform/settings';
import type { PostOffice } from './post-office.ts';

export interface HttpServerOptions {
  settings: Pick<Settings, 'HEADERS_TIMEOUT_MS' | 'REQUEST_TIMEOUT_MS'>;
  /** Asked first. */
  post: PostOffice;
  /** Takes the rest. */
  handler: RequestListener;
}

/** How long a connection may be idle; clients are told. */
export const KEEP_ALIVE_SECONDS = 72;

/** The listening server: what is slow, or could be read in two ways, ends here. */
export function createHttpServer({ settings, post, handler }: HttpServerOptions): Server {
  const { HEADERS_TIMEOUT_MS: headersTimeout, REQUEST_TIMEOUT_MS: requestTimeout } = settings;
  const options = {
    // A client that sends its request byte by byte holds a socket no longer than this.
    ...{ headersTimeout: Math.min(headersTimeout, requestTimeout), requestTimeout },
    // Node looks for them only now and then, by default every half minute, which would be added to both.
    connectionsCheckingInterval: Math.min(1_000, Math.ceil(headersTimeout / 4)),
    keepAliveTimeout: KEEP_ALIVE_SECONDS * 1_000,
  };
  return createServer(options, (request, response) => {
    if (namesTwoHosts(request)) refuseConnection(response);
    else if (!post(request, response)) handler(request, response);
  });
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
