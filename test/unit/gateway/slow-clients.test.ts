import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SmallGateway, startSmallGateway } from '../../kit/gateway.ts';

let gateway: SmallGateway;
let token: string;
beforeAll(async () => {
  gateway = await startSmallGateway({ settings: { HEADERS_TIMEOUT_MS: 200, REQUEST_TIMEOUT_MS: 400 } });
  ({ token } = await gateway.as('VIEWER'));
});
afterAll(() => gateway?.stop());

/** Sends what comes first at once and the rest a byte at a time, never to the end. @returns what is heard until the server hangs up */
function drip(first: string, rest: string): Promise<string> {
  const { hostname, port } = new URL(gateway.url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.write(first));
    const bytes = rest[Symbol.iterator]();
    const drop = setInterval(() => socket.write(bytes.next().value ?? ' '), 20);
    let heard = '';
    socket.on('data', (chunk) => {
      heard += chunk;
    });
    // What is sent to a socket that was closed is an error of ours, and of no interest.
    socket.on('error', () => {});
    socket.on('close', () => {
      clearInterval(drop);
      resolve(heard);
    });
  });
}

const BODY = '{"query":"{ viewer { id } }"}';
const head = (length: number) =>
  `POST /graphql HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n`;

test('GW-06 headers that drip in end with their time', async () => {
  expect(await drip('POST /graphql HTTP/1.1\r\nhost: a\r\n', `x-slow: ${'a'.repeat(10_000)}`)).toMatch(
    /^HTTP\/1\.1 408 /,
  );
});

test.each([
  ['a plain POST', ''],
  ['a POST that fastify takes', 'origin: https://elsewhere.example\r\n'],
])('GW-06 a body that drips in ends with its time, %s', async (_, more) => {
  const heard = await drip(`${head(10_000)}${more}\r\n`, `{"query":"${' '.repeat(9_000)}`);
  expect(heard).not.toContain('"data"');
  expect(heard).toMatch(/^(HTTP\/1\.1 4\d\d |$)/);
});

test('others are served meanwhile', async () => {
  const slow = [1, 2, 3].map(() => drip('POST /graphql HTTP/1.1\r\n', 'host: aaaaaaaaaaaaaaaaaa'));
  const answer = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: BODY,
  });
  expect(answer.status).toBe(200);
  await Promise.all(slow);
});
