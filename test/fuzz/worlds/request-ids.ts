import { AsyncLocalStorage } from 'node:async_hooks';
import crypto from 'node:crypto';
import diagnostics from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';

/**
 * Gives the n-th UUID of a request the same value in every process that is sent
 * the request under the same `x-request-id`: two worlds that do the same make the
 * same ids, so that nothing about ids has to be overlooked when they are compared.
 * Changes this process for good, so it belongs in one that is started for it.
 */
export function dangerouslyMakeIdsOfRequests(): void {
  const requests = new AsyncLocalStorage<{ readonly id: string; count: number }>();
  diagnostics.subscribe('http.server.request.start', (message) => {
    const { request } = message as { request: IncomingMessage };
    const id = request.headers['x-request-id'];
    if (typeof id === 'string') requests.enterWith({ id, count: 0 });
  });
  const real = crypto.randomUUID;
  crypto.randomUUID = (options) => {
    const request = requests.getStore();
    if (!request) return real(options);
    request.count += 1;
    return uuidOf(crypto.createHash('sha256').update(`${request.id}/${request.count}`).digest('hex'));
  };
  syncBuiltinESMExports();
}

function uuidOf(hex: string): crypto.UUID {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
