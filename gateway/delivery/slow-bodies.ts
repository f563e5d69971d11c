import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface SlowBodiesOptions {
  readonly server: Server;
  /** Milliseconds in which a whole request has to arrive; an upload may pause for as long. */
  readonly requestMs: number;
  /** Milliseconds in which an upload has to arrive. */
  readonly uploadMs: number;
  readonly everyMs: number;
}

/**
 * Ends connections whose body does not arrive, as node:http does, which knows one time for all requests: a large file on
 * a slow line would never be taken. An upload goes on while it is read; once it was refused it is a request like others.
 * @returns what is to be told of each request
 */
export function endSlowBodies({
  server,
  requestMs,
  uploadMs,
  everyMs,
}: SlowBodiesOptions): (response: ServerResponse) => void {
  // The last of each connection; what has arrived is let go at the next look.
  const under = new Map<Socket, ServerResponse>();
  const arrivals = new WeakMap<IncomingMessage, Arrival>();

  const isOverdue = (socket: Socket, { req, writableEnded }: ServerResponse, now: number): boolean => {
    const { began, bytes, movedAt } = arrivals.get(req) ?? { began: now, bytes: -1, movedAt: now };
    const moved = socket.bytesRead > bytes;
    arrivals.set(req, { began, bytes: socket.bytesRead, movedAt: moved ? now : movedAt });
    if (!isUpload(req) || writableEnded) return now - began > requestMs;
    return now - began > uploadMs || (!moved && now - movedAt > requestMs);
  };
  const look = (): void => {
    const now = performance.now();
    for (const [socket, response] of under) {
      if (response.req.complete || socket.destroyed) under.delete(socket);
      else if (isOverdue(socket, response, now) && !server.emit('clientError', timedOut(), socket)) socket.destroy();
    }
  };

  const timer = setInterval(look, everyMs).unref();
  server.once('close', () => clearInterval(timer));
  return (response) => void under.set(response.req.socket, response);
}

interface Arrival {
  readonly began: number;
  /** Read from the connection so far. */
  readonly bytes: number;
  readonly movedAt: number;
}

/** What is taken as it arrives, by routes of their own. */
const isUpload = ({ method, url }: IncomingMessage): boolean =>
  method === 'POST' && url !== undefined && /^\/(attachments|events)(\?|$)/.test(url);

/** As node:http says it. */
const timedOut = (): Error => Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
