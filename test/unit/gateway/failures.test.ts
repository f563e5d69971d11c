import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createLogger } from '#platform/log';
import type { SubgraphHost } from '#subgraphs/runtime/host';
import { serveSubgraph } from '#subgraphs/runtime/serve';
import { smallHost, startSmallGateway } from '../../kit/gateway.ts';

const QUERY = '{ documents { title body views } }';
const HALF = [
  { title: 'Title 0', body: null, views: null },
  { title: 'Title 1', body: null, views: null },
];
const log = createLogger({ level: 'silent' });
const opened: { stop(): Promise<void> }[] = [];
const open = async <T extends { stop(): Promise<void> }>(work: Promise<T>): Promise<T> => {
  const thing = await work;
  opened.push(thing);
  return thing;
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map((thing) => thing.stop()));
});

/** A server that answers every request with the same bytes, or never. */
async function strangeServer(answer: string | undefined) {
  const server = createServer((_request, response) => {
    if (answer !== undefined) response.end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`),
    stop: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const askWith = async (content: URL | SubgraphHost, settings = {}) => {
  const gateway = await open(startSmallGateway({ settings, subgraphs: ({ relational }) => ({ relational, content }) }));
  return (await gateway.as('EDITOR')).query(QUERY);
};
const pathsOf = (answer: Awaited<ReturnType<typeof askWith>>) =>
  answer.errors.map(({ path, extensions }) => [path?.join('.'), extensions.code]);

test('subgraphs over HTTP give the same answer as in process', async () => {
  const [relational, content] = await Promise.all(
    (['relational', 'content'] as const).map((name) =>
      open(serveSubgraph(smallHost(name), { port: 0, hostAddress: '127.0.0.1', log })),
    ),
  );
  const subgraphs = () => ({ relational: new URL(relational?.url ?? ''), content: new URL(content?.url ?? '') });
  const overHttp = await open(startSmallGateway({ subgraphs }));
  const inProcess = await open(startSmallGateway());
  const [a, b] = await Promise.all(
    [overHttp, inProcess].map(async (gateway) => (await gateway.as('EDITOR')).query(QUERY)),
  );
  expect(a?.data).toEqual(b?.data);
  expect(a?.extensions.polygraph).toMatchObject({ fetches: 2, storeQueries: b?.extensions.polygraph?.storeQueries });
});

test('a subgraph that is away costs its fields only, each with a typed error', async () => {
  const answer = await askWith(new URL('http://127.0.0.1:1/graphql'));
  expect(answer.data?.documents).toEqual(HALF);
  expect(pathsOf(answer)).toEqual(
    ['documents.0.body', 'documents.0.views', 'documents.1.body', 'documents.1.views'].map((path) => [
      path,
      'SUBGRAPH_UNAVAILABLE',
    ]),
  );
  expect(answer.text).not.toMatch(/127\.0\.0\.1|ECONNREFUSED/);
});

test.each([
  ['never answers', undefined],
  ['answers with a page', '<html>bad gateway at 10.0.0.7</html>'],
  ['answers with other JSON', '{"status":"ok","host":"10.0.0.7"}'],
])('a subgraph that %s costs its fields only', async (_, bytes) => {
  const { url } = await open(strangeServer(bytes));
  const answer = await askWith(url, { OPERATION_TIMEOUT_MS: 3_000 });
  expect(answer.data?.documents).toEqual(HALF);
  expect(answer.errors[0]?.extensions).toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE', subgraph: 'content' });
  expect(answer.text).not.toContain('10.0.0.7');
});

test('a subgraph with another secret refuses the gateway, and the client is not told why', async () => {
  const stranger = smallHost('content', ['another secret of thirty-two characters']);
  const answer = await askWith(stranger);
  expect(answer.data?.documents).toEqual(HALF);
  expect(answer.text).not.toContain('ASSERTION_');
});

test('a host that throws costs its fields only', async () => {
  const throwing = { ...smallHost('content'), execute: () => Promise.reject(new Error('at secret.internal')) };
  const answer = await askWith(throwing);
  expect(answer.data?.documents).toEqual(HALF);
  expect(answer.text).not.toContain('secret.internal');
});

test('a whole request that takes too long is given up with a typed error', async () => {
  const inner = smallHost('relational');
  const late: SubgraphHost = {
    ...inner,
    execute: async (...call) => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      return inner.execute(...call);
    },
  };
  const hanging: SubgraphHost = { ...smallHost('content'), execute: () => new Promise<never>(() => {}) };
  const settings = { OPERATION_TIMEOUT_MS: 500 };
  const gateway = await open(
    startSmallGateway({ settings, subgraphs: () => ({ relational: late, content: hanging }) }),
  );
  const answer = await (await gateway.as('EDITOR')).query(QUERY);
  expect([answer.status, answer.errors[0]?.extensions.code]).toEqual([504, 'TIMEOUT']);
});

test('a request in flight is finished before the gateway stops', async () => {
  let release: () => void = () => {};
  let arrived: () => void = () => {};
  const waiting = new Promise<void>((resolve) => {
    release = resolve;
  });
  const reached = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const inner = smallHost('content');
  const slow: SubgraphHost = {
    ...inner,
    async execute(...call) {
      arrived();
      await waiting;
      return inner.execute(...call);
    },
  };
  const gateway = await startSmallGateway({ subgraphs: ({ relational }) => ({ relational, content: slow }) });
  const answer = (await gateway.as('EDITOR')).query(QUERY);
  await reached;
  const stopped = gateway.stop();
  release();
  expect((await answer).errors).toEqual([]);
  await stopped;
  await expect(fetch(`${gateway.url}/healthz`)).rejects.toThrow();
});
