import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { NO_LIMIT, withDeadline } from '#gateway/execution/deadline';
import { createHttpTransport } from '#gateway/execution/http';
import type { Transport } from '#gateway/execution/transport';

/** A subgraph that answers as the test says. */
const subgraph = { answer: (_response: ServerResponse): void => {}, asked: 0, ended: 0, url: '' };
const server = createServer((request, response) => {
  subgraph.asked += 1;
  request.resume();
  response.on('close', () => {
    subgraph.ended += 1;
  });
  subgraph.answer(response);
});
const opened: Transport[] = [];

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  subgraph.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
});
afterEach(async () => {
  for (const transport of opened.splice(0)) await transport.close();
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function open(options: { maxBytes?: number } = {}) {
  const transport = createHttpTransport({ url: subgraph.url, timeoutMs: 5_000, ...options });
  opened.push(transport);
  const send = (milliseconds?: number) => {
    const call = { body: '{"query":"{ word }"}', assertion: undefined, requestId: 'test' };
    if (milliseconds === undefined) return transport.send({ ...call, limit: NO_LIMIT });
    return withDeadline(milliseconds, undefined, (limit) => transport.send({ ...call, limit }));
  };
  return { send };
}

test('an answer in pieces is put together, a character across two of them too', async () => {
  const bytes = Buffer.from('{"data":{"word":"grüße"}}');
  subgraph.answer = (response) => {
    response.write(bytes.subarray(0, 19));
    setImmediate(() => response.end(bytes.subarray(19)));
  };
  expect(await open().send()).toBe(bytes.toString());
});

test('an answer that never comes ends with the time of its fetch, and its connection with it', async () => {
  subgraph.answer = () => {};
  const ended = subgraph.ended;
  await expect(open().send(50)).rejects.toThrow('Not done within 50 ms');
  await expect.poll(() => subgraph.ended).toBe(ended + 1);
});

test('an answer that drips ends with the time of its fetch', async () => {
  subgraph.answer = (response) => {
    const drip = setInterval(() => response.write(' '), 5);
    response.on('close', () => clearInterval(drip));
  };
  await expect(open().send(80)).rejects.toThrow('Not done within 80 ms');
});

test('an answer that is too large is not read to its end', async () => {
  subgraph.answer = (response) => response.end('x'.repeat(5_000));
  await expect(open({ maxBytes: 1_000 }).send()).rejects.toThrow();
  expect(await open({ maxBytes: 10_000 }).send()).toHaveLength(5_000);
});

test('a subgraph that failed five times in a row is not asked for a moment', async () => {
  subgraph.answer = (response) => response.destroy();
  const { send } = open();
  for (let turn = 0; turn < 5; turn += 1) await expect(send()).rejects.toThrow();
  const asked = subgraph.asked;
  await expect(send()).rejects.toThrow();
  expect(subgraph.asked).toBe(asked);
});

test('a caller that has given up is not sent for', async () => {
  const limit = { ...NO_LIMIT, reason: new Error('gone') };
  const asked = subgraph.asked;
  const transport = createHttpTransport({ url: subgraph.url, timeoutMs: 5_000 });
  opened.push(transport);
  await expect(transport.send({ body: '{}', assertion: undefined, requestId: 'test', limit })).rejects.toThrow('gone');
  expect(subgraph.asked).toBe(asked);
});
