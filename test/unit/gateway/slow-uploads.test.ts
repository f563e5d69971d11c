import { once } from 'node:events';
import { request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setInterval as ticks } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHttpServer } from '#gateway/delivery/http-server';

let server: Server;
beforeAll(async () => {
  server = createHttpServer({
    // Far enough apart that a machine which pauses for half a second does not change who is given up.
    settings: { HEADERS_TIMEOUT_MS: 800, REQUEST_TIMEOUT_MS: 1_000, UPLOAD_TIMEOUT_MS: 8_000 },
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

test.concurrent.each([
  ['an upload may take longer than other requests', '/attachments?filename=a', 50, 40, 200],
  ['another request may not', '/graphql', 200, 40, undefined],
  ['an upload may not pause for as long', '/attachments', 2, 4_000, undefined],
  ['and it ends, however steadily it drips', '/attachments', 1_000, 40, undefined],
])('%s', async (_, path, bytes, everyMs, status) => {
  expect(await drip(path, { bytes, everyMs })).toBe(status);
});

test.concurrent('an upload that was refused holds its connection no longer than another request', async () => {
  const { port } = server.address() as AddressInfo;
  const sent = request({ port, path: '/events', method: 'POST', headers: { 'content-length': 1_000 } });
  sent.on('error', () => undefined).write('x');
  const [response] = await once(sent, 'response');
  expect(response.statusCode).toBe(401);
  const dripping = setInterval(() => sent.write('x'), 40);
  // Whether the end is told in order, or as a reset of what was still being written.
  await new Promise((resolve) => response.socket.on('error', () => undefined).once('close', resolve));
  clearInterval(dripping);
}, 7_000);
