import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, test } from 'vitest';
import { createHeads } from '#gateway/delivery/heads';
import { KEEP_ALIVE_SECONDS } from '#gateway/delivery/http-server';

const FIXED = { 'x-frame-options': 'SAMEORIGIN', 'cache-control': 'private, no-store' };
const OWN = ['x-request-id', 'one-of-a-test', 'content-type', 'text/plain', 'content-length', '2'];

type Answer = (response: ServerResponse) => void;
const prepared: Answer = (response) => createHeads(FIXED)(response, 200, OWN);
const written: Answer = (response) => response.writeHead(200, [...Object.entries(FIXED).flat(), ...OWN]);

/** @returns all that a server sends, byte by byte, to a client that sends this and then ends */
async function sentFor(request: string, answer: Answer): Promise<string> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_SECONDS * 1_000 }, (_request, response) => {
    answer(response);
    response.end('ok');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.end(request);
  const chunks = await socket.setEncoding('utf8').toArray();
  server.close();
  return chunks.join('').replaceAll(/Date: .*GMT/g, 'Date: now');
}

const GET = 'GET / HTTP/1.1\r\nhost: a\r\n';

test.each([
  ['a connection that stays', `${GET}\r\n`],
  ['requests one behind the other', `${GET}\r\n${GET}\r\n`],
  ['a connection that ends', `${GET}connection: close\r\n\r\n`],
  ['HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n'],
])('a prepared head says what node:http says, for %s', async (_, request) => {
  const expected = await sentFor(request, written);
  expect(expected).toContain('x-frame-options: SAMEORIGIN\r\n');
  expect(await sentFor(request, prepared)).toBe(expected);
});

test('a value that would begin another header is refused', () => {
  const put = createHeads(FIXED);
  const response = { shouldKeepAlive: true, _header: null, req: { httpVersion: '1.1' } } as unknown as ServerResponse;
  expect(() => put(response, 200, ['x-request-id', 'a\r\nset-cookie: b'])).toThrow('Invalid character');
});
