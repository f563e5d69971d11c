import { once } from 'node:events';
import { request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setInterval as ticks } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHttpServer } from '#gateway/delivery/http-server';

let server: Server;
beforeAll(async () => {
  server = createHttpServer({
    settings: { HEADERS_TIMEOUT_MS: 200, REQUEST_TIMEOUT_MS: 300, UPLOAD_TIMEOUT_MS: 1_500 },
    post: () => false,
    handler: (incoming, response) =>
      incoming.url === '/events' ? response.writeHead(401).end() : incoming.resume().on('end', () => response.end()),
  }).listen(0);
  await once(server, 'listening');
});
afterAll(() => void server.close().closeAllConnections());

/** Sends a body a byte at a time. @returns the status of the answer; undefined where the server hangs up instead */
async function drip(path: string, { bytes, everyMs }: { bytes: number; everyMs: number }): Promise<number | undefined> {
  const { port } = server.address() as AddressInfo;
  const sent = request({ port, path, method: 'POST', headers: { 'content-length': bytes } });
  sent.flushHeaders();
  const answer = new Promise<number | undefined>((resolve) => {
    sent.on('response', (response) => resolve(response.statusCode)).on('close', () => resolve(undefined));
  });
  sent.on('error', () => undefined);
  let left = bytes;
  for await (const _ of ticks(everyMs)) {
    if (sent.destroyed || left-- === 0) break;
    sent.write('x');
  }
  return answer;
}

test.each([
  ['an upload may take longer than other requests', '/attachments?filename=a', 20, 40, 200],
  ['another request may not', '/graphql', 20, 40, undefined],
  ['an upload may not pause for as long', '/attachments', 2, 900, undefined],
  ['and it ends, however steadily it drips', '/attachments', 1_000, 40, undefined],
])('%s', async (_, path, bytes, everyMs, status) => {
  expect(await drip(path, { bytes, everyMs })).toBe(status);
});

test('an upload that was refused holds its connection no longer than another request', async () => {
  const { port } = server.address() as AddressInfo;
  const sent = request({ port, path: '/events', method: 'POST', headers: { 'content-length': 1_000 } });
  sent.on('error', () => undefined).write('x');
  const [response] = await once(sent, 'response');
  expect(response.statusCode).toBe(401);
  const dripping = setInterval(() => sent.write('x'), 40);
  await once(response.socket, 'close');
  clearInterval(dripping);
}, 1_200);
