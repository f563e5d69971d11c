import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SmallGateway, startSmallGateway } from '../../kit/gateway.ts';

let gateway: SmallGateway;
let token: string;
beforeAll(async () => {
  gateway = await startSmallGateway({
    settings: { CORS_ORIGINS: ['https://app.example'], FAILED_SIGN_INS_PER_MINUTE: 12, TRUSTED_PROXIES: '127.0.0.1' },
  });
  ({ token } = await gateway.as('VIEWER'));
});
afterAll(() => gateway?.stop());

/** @returns all that the server says to these bytes before it hangs up, or before we do after the first answer */
function say(text: string, { hangUp = true } = {}): Promise<string> {
  const { hostname, port } = new URL(gateway.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let heard = '';
    socket.on('data', (chunk) => {
      heard += chunk;
      if (!hangUp) socket.end();
    });
    socket.on('close', () => resolve(heard)).on('error', reject);
  });
}

const BODY = '{"query":"{ viewer { id } }"}';
const head = (...lines: string[]) =>
  ['POST /graphql HTTP/1.1', ...lines, 'content-type: application/json', '', ''].join('\r\n');

describe('GW-06 a request that two servers could read differently is refused, and its connection closed', () => {
  test.each([
    ['a length and chunks', head('host: a', `content-length: ${BODY.length}`, 'transfer-encoding: chunked') + BODY],
    ['two lengths', head('host: a', `content-length: ${BODY.length}`, 'content-length: 5') + BODY],
    ['a strange encoding', head('host: a', 'transfer-encoding: xchunked') + BODY],
    ['no host', head(`content-length: ${BODY.length}`) + BODY],
    ['two hosts', head('host: a', 'host: b', `content-length: ${BODY.length}`) + BODY],
    ['a bare line feed in a header', `POST /graphql HTTP/1.1\nhost: a\ncontent-length: 2\n\n{}`],
    ['a length with a sign', head('host: a', `content-length: +${BODY.length}`) + BODY],
    ['a length that is a list', head('host: a', `content-length: ${BODY.length}, ${BODY.length}`) + BODY],
    ['a header folded over two lines', head('host: a', 'x-note: one', ' two', `content-length: ${BODY.length}`) + BODY],
    ['a space before the colon', head('host: a', `content-length : ${BODY.length}`) + BODY],
    ['two encodings', head('host: a', 'transfer-encoding: chunked', 'transfer-encoding: identity') + BODY],
    ['chunks without a size', `${head('host: a', 'transfer-encoding: chunked')}zz\r\n${BODY}\r\n0\r\n\r\n`],
    [
      'a size of a chunk that is too large',
      `${head('host: a', 'transfer-encoding: chunked')}${'f'.repeat(17)}\r\n${BODY}`,
    ],
    ['a chunk longer than its size', `${head('host: a', 'transfer-encoding: chunked')}2\r\n${BODY}\r\n0\r\n\r\n`],
    ['headers that are too long', head('host: a', `x-long: ${'x'.repeat(20_000)}`)],
  ])('%s', async (_, text) => {
    expect(await say(text)).toMatch(/^HTTP\/1\.1 4(00|31) /);
  });
});

describe('pages of other origins', () => {
  const preflight = (origin: string) =>
    fetch(`${gateway.url}/graphql`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
    });
  const asked = (origin: string) =>
    fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { origin, 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: BODY,
    });

  test('may ask where their origin is named', async () => {
    for (const { headers } of [await preflight('https://app.example'), await asked('https://app.example')]) {
      expect(headers.get('access-control-allow-origin')).toBe('https://app.example');
      expect(headers.get('access-control-allow-credentials')).toBeNull();
    }
  });

  test.each(['https://evil.example', 'https://app.example.evil.example', 'http://app.example', 'null'])(
    'may not from %s',
    async (origin) => {
      for (const { headers } of [await preflight(origin), await asked(origin)]) {
        expect(headers.get('access-control-allow-origin')).not.toBe(origin);
        expect(headers.get('access-control-allow-origin')).not.toBe('*');
      }
    },
  );
});

test('failed sign-ins end by address, whichever a trusted proxy names, and say when to come back', async () => {
  const ask = (address: string, credentials: string) =>
    fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: credentials, 'x-forwarded-for': address },
      body: BODY,
    });
  for (const wrong of ['a', 'b', 'c']) expect((await ask('192.0.2.1', `Bearer ${wrong}`)).status).toBe(401);
  const refused = await ask('192.0.2.1', `Bearer ${token}`);
  expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([429, true]);
  expect((await ask('192.0.2.2', `Bearer ${token}`)).status).toBe(200);
  // Only the last address is the proxy's word; what stands before it is the client's.
  expect((await ask('192.0.2.2, 192.0.2.1', `Bearer ${token}`)).status).toBe(429);
});
