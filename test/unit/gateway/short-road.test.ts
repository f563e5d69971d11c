import http from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SmallGateway, startSmallGateway } from '../../kit/gateway.ts';

let gateway: SmallGateway;
let token: string;
beforeAll(async () => {
  gateway = await startSmallGateway({ settings: { REQUEST_BODY_LIMIT: 20_000 } });
  ({ token } = await gateway.as('VIEWER'));
});
afterAll(() => gateway?.stop());

/** @param chunked leaves out content-length, so that fastify takes the request */
function send(body: string, headers: Record<string, string> = {}, chunked = false) {
  return new Promise<{ status: number | undefined; headers: http.IncomingHttpHeaders; text: string }>(
    (resolve, reject) => {
      const length = chunked ? {} : { 'content-length': String(Buffer.byteLength(body)) };
      const request = http.request(
        `${gateway.url}/graphql`,
        {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...length, ...headers },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk) => {
            text += chunk;
          });
          response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
        },
      );
      request.once('error', reject);
      if (chunked) request.write(body.slice(0, 5));
      request.end(chunked ? body.slice(5) : body);
    },
  );
}

const OPERATIONS: readonly (readonly [string, object])[] = [
  ['data of two subgraphs', { query: '{ documents(first: 3) { id title body author { name documents { id } } } }' }],
  ['an alias and a fragment', { query: '{ one: viewer { ...V } two: viewer { ...V } } fragment V on Viewer { kind }' }],
  [
    'conditions',
    {
      query: 'query($yes: Boolean!) { viewer { kind @skip(if: $yes) id @include(if: $yes) } }',
      variables: { yes: true },
    },
  ],
  ['one of several operations', { query: 'query A { viewer { kind } } query B { contentStatus }', operationName: 'B' }],
  ['an error in a field', { query: '{ documents(first: 2) { id leak } }' }],
  ['an error at the root', { query: '{ broken viewer { kind } }' }],
  ['what one store has and another has not', { query: '{ featured { id title } }' }],
  ['variables that are null', { query: '{ contentStatus }', variables: null, operationName: null }],
  ['text beyond ASCII', { query: 'query($t: String!) { echo(text: $t) }', variables: { t: 'grüße "\\ \u2028 😀' } }],
  ['introspection', { query: '{ __type(name: "Viewer") { name fields { name } } viewer { kind } }' }],
  ['a wrong variable', { query: 'query($t: String!) { echo(text: $t) }', variables: { t: 7 } }],
  ['a variable that is missing', { query: 'query($t: String!) { echo(text: $t) }' }],
  ['a scope that is missing', { query: '{ audit { text } }' }],
  [
    'an operation that is not there',
    { query: 'query A { contentStatus } query B { contentStatus }', operationName: 'C' },
  ],
];

describe.each(OPERATIONS)('%s', (_, operation) => {
  test('is answered alike on all roads', async () => {
    const body = JSON.stringify(operation);
    const first = await send(body);
    const answers = [await send(body), await send(body, {}, true), await send(body, { accept: 'application/json' })];
    for (const answer of answers) {
      expect(answer.text).toBe(first.text);
      expect(answer.status).toBe(first.status);
      expect(comparable(answer.headers)).toEqual(comparable(first.headers));
    }
  });
});

/** Without what is of one request, and how its bytes are counted. */
function comparable({ date, connection, 'keep-alive': _alive, ...headers }: http.IncomingHttpHeaders) {
  const ofOne = ['x-request-id', 'content-length', 'transfer-encoding', 'ratelimit-remaining', 'ratelimit-reset'];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !ofOne.includes(name)));
}

test.each([
  ['broken JSON', '{"query":'],
  ['a poisoned key', '{"query":"{ contentStatus }","variables":{"__proto__":{"a":1}}}'],
  ['nothing', ''],
  ['text that is no object', '7'],
  ['null', 'null'],
  ['a body too large', `{"query":"{ contentStatus }","variables":{"a":"${'x'.repeat(20_000)}"}}`],
])('%s is refused alike with and without a length', async (_, body) => {
  const [plain, chunked] = [await send(body), await send(body, {}, true)];
  expect([plain.status, plain.text]).toEqual([chunked.status, chunked.text]);
  expect(plain.headers['cache-control']).toBe('private, no-store');
});

test('another media type is answered by the rules of that type', async () => {
  const body = JSON.stringify({ query: '{ contentStatus }' });
  await send(body);
  const { headers } = await send(body, { accept: 'application/graphql-response+json' });
  expect(headers['content-type']).toContain('application/graphql-response+json');
});

test('a request id is taken over or made, on the short road too', async () => {
  const body = JSON.stringify({ query: '{ contentStatus }' });
  await send(body);
  expect((await send(body, { 'x-request-id': 'abcd-1234' })).headers['x-request-id']).toBe('abcd-1234');
  expect((await send(body, { 'x-request-id': 'no\tgood' })).headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
});
