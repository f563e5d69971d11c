import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, test } from 'vitest';
import { KEEP_ALIVE_SECONDS } from '#gateway/delivery/http-server';
import { createReplies, type Reply } from '#gateway/delivery/replies';

const FIXED = { 'x-frame-options': 'SAMEORIGIN', 'cache-control': 'private, no-store' };
const OWN = ['x-request-id', 'one-of-a-test'];
const contentType = 'text/plain';

type Answer = (response: ServerResponse, body: string | Uint8Array) => void;
const prepared: Answer = (response, body) => createReplies(FIXED)(response, OWN, { status: 200, contentType, body });
const written: Answer = (response, body) => {
  const headers = [...Object.entries(FIXED).flat(), ...OWN, 'content-type', contentType];
  headers.push('content-length', String(Buffer.byteLength(body)));
  response.writeHead(200, headers).end(body);
};

/** @returns all that a server sends, byte by byte, to a client that sends this and then ends */
async function sentFor(request: string, answer: Answer, body: string | Uint8Array = 'ok'): Promise<string> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_SECONDS * 1_000 }, (_request, response) => {
    answer(response, body);
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
])('what is sent is what node:http sends, for %s', async (_, request) => {
  const expected = await sentFor(request, written);
  expect(expected).toContain('x-frame-options: SAMEORIGIN\r\n');
  expect(await sentFor(request, prepared)).toBe(expected);
});

test.each([
  ['nothing', ''],
  ['letters beyond ASCII', 'año 𝒳'],
  ['few bytes', Buffer.from('año 𝒳')],
  ['many letters', 'a'.repeat(100_000)],
  ['many bytes', Buffer.from('ñ'.repeat(50_000))],
])('what is sent is what node:http sends, with %s', async (_, body) => {
  const request = `${GET}\r\n${GET}\r\n`;
  expect(await sentFor(request, prepared, body)).toBe(await sentFor(request, written, body));
});

test('who shares an answer gets it under headers of its own, and nobody else gets it', async () => {
  const send = createReplies(FIXED);
  const shared = { status: 200, contentType, body: 'shared' };
  const other = { status: 200, contentType, body: 'of another' };
  const sent = async (id: string, reply: Reply): Promise<string> => {
    const text = await sentFor(`${GET}\r\n`, (response) => send(response, ['x-request-id', id], reply));
    return text
      .split('\r\n')
      .filter((line, at, { length }) => line === `x-request-id: ${id}` || at === length - 1)
      .join();
  };
  expect(await sent('first', shared)).toBe('x-request-id: first,shared');
  expect(await sent('second', shared)).toBe('x-request-id: second,shared');
  expect(await sent('third', other)).toBe('x-request-id: third,of another');
});

test('a client that went away meanwhile does no harm', async () => {
  const server = createServer(async ({ socket }, response) => {
    await once(socket, 'close');
    prepared(response, 'ok');
    server.close();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.write(`${GET}\r\n`, () => socket.destroy());
  await once(server, 'close');
});

test('a value that would begin another header is refused', () => {
  const send = createReplies(FIXED);
  const reply = { status: 200, contentType, body: '' };
  const response = { shouldKeepAlive: true, _header: null, _headerSent: false, req: { httpVersion: '1.1' } };
  expect(() => send(response as unknown as ServerResponse, ['x-request-id', 'a\r\nset-cookie: b'], reply)).toThrow(
    'Invalid character',
  );
});
