import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { KEEP_ALIVE_SECONDS } from '#gateway/delivery/http-server';

/** A subgraph that answers every fetch with the same, when it is let. */
const subgraph = { server: undefined as Server | undefined, wait: Promise.resolve(), asked: 0, url: '' };
let dir: string;
let file: string;
const running: ChildProcess[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'polygraph-gateway-command-'));
  file = join(dir, 'supergraph.graphql');
  subgraph.server = createServer(async (request, response) => {
    request.resume();
    subgraph.asked += 1;
    await subgraph.wait;
    response.end('{"data":{"word":"yes","more":"indeed"}}');
  }).listen(0, '127.0.0.1');
  await once(subgraph.server, 'listening');
  subgraph.url = `http://127.0.0.1:${portOf(subgraph.server)}/graphql`;
  await writeFile(file, supergraph('word: String'));
});
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});
afterAll(async () => {
  subgraph.server?.close();
  await rm(dir, { recursive: true });
});

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

function supergraph(fields: string): string {
  const typeDefs = parse(`type Query { ${fields} }`);
  const { supergraphSdl } = composeServices([{ name: 'words', typeDefs, url: subgraph.url }]);
  return supergraphSdl ?? '';
}

interface Command {
  readonly child: ChildProcess;
  /** What it wrote so far, to both streams. */
  said(): string;
  readonly exit: Promise<number | null>;
}

function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Command {
  const bin = join(import.meta.dirname, '../../../bin/polygraph.mjs');
  const { npm_lifecycle_event: _npm, ...inherited } = process.env;
  const child = spawn(process.execPath, [bin, 'gateway', ...args], { env: { ...inherited, ...environment } });
  running.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (said += chunk));
  return { child, said: () => said, exit: once(child, 'exit').then(([code]) => code) };
}

const OPEN = '--dangerously-without-tenancy';

async function start(...args: readonly string[]): Promise<Command & { ask(query?: string): Promise<string> }> {
  const command = run(['--supergraph', file, '--port', String(await freePort()), OPEN, ...args]);
  await vi.waitFor(() => expect(command.said()).toContain('The gateway answers at'), PATIENT);
  const url = /http:\S+/.exec(command.said())?.[0] ?? '';
  const ask = async (query = '{ word }'): Promise<string> => {
    const headers = { 'content-type': 'application/json' };
    return (await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) })).text();
  };
  return { ...command, ask };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  return port;
}

const PATIENT = { timeout: 100_000, interval: 50 };
const ANSWER = '{"data":{"word":"yes"}}\n';

describe.each([[[]], [['--workers', '2']]])('polygraph gateway %j', (workers) => {
  test('serves a new supergraph without a failed request, and keeps the former where the new one is none', async () => {
    await writeFile(file, supergraph('word: String'));
    const gateway = await start(...workers);
    const asking = { on: true };
    const answers = new Set<string>();
    const load = (async () => {
      while (asking.on) answers.add(await gateway.ask());
    })();
    await replace('nothing of the kind');
    await vi.waitFor(() => expect(gateway.said()).toContain('The former supergraph stays'), PATIENT);
    expect(await gateway.ask('{ more }')).toContain('GRAPHQL_VALIDATION_FAILED');
    await replace(supergraph('word: String more: String'));
    await vi.waitFor(() => expect(gateway.said()).toContain('serves the new supergraph'), PATIENT);
    expect(await gateway.ask('{ more }')).toBe('{"data":{"more":"indeed"}}\n');
    asking.on = false;
    await load;
    expect([...answers]).toEqual([ANSWER]);
  }, 200_000);

  test('finishes on SIGTERM what it has begun', async () => {
    const gateway = await start(...workers);
    expect(await gateway.ask()).toBe(ANSWER);
    const hold = holdSubgraph();
    const answer = gateway.ask();
    await vi.waitFor(() => expect(subgraph.asked).toBeGreaterThan(hold.before), PATIENT);
    gateway.child.kill('SIGTERM');
    hold.release();
    expect(await answer).toBe(ANSWER);
    const answered = performance.now();
    expect(await gateway.exit).toBe(0);
    // The connections of `ask` are kept, and hold nobody up.
    expect(performance.now() - answered).toBeLessThan(KEEP_ALIVE_SECONDS * 500);
    await expect(gateway.ask()).rejects.toThrow('fetch failed');
  }, 200_000);
});

/** As tools do that must never leave half a file. */
async function replace(text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

function holdSubgraph() {
  const { promise, resolve } = deferred();
  subgraph.wait = promise;
  return { before: subgraph.asked, release: resolve };
}

function deferred() {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((go) => {
    resolve = go;
  });
  return { promise, resolve };
}

test('a worker that is killed is replaced', async () => {
  const gateway = await start('--workers', '2');
  const { stdout } = spawn('ps', ['-o', 'pid=,args=', '--ppid', String(gateway.child.pid)]);
  const [children] = await once(stdout, 'data');
  process.kill(Number(/(\d+) \S*node .*polygraph/.exec(String(children))?.[1]), 'SIGKILL');
  await vi.waitFor(() => expect(gateway.said()).toContain('A worker ended unasked and is replaced'), PATIENT);
  expect(await gateway.ask()).toBe(ANSWER);
}, 200_000);

test.each([
  ['subscriptions', 'subscription { word }'],
  ['@defer', '{ ... @defer { word } }'],
])(
  '%s are refused with a typed error',
  async (_, query) => {
    const gateway = await start();
    expect(await gateway.ask(query)).toContain('"code":"NOT_SUPPORTED"');
  },
  60_000,
);

describe('it says what is wrong', () => {
  test.each([
    ['no such file', ['--supergraph', '/nowhere/at-all.graphql', OPEN], {}, 66, 'cannot be read (ENOENT)'],
    ['no supergraph', ['--supergraph', import.meta.filename, OPEN], {}, 65, 'is not a Federation 2 supergraph'],
    ['an address for everybody', ['--supergraph', 'FILE', OPEN], { HOST: '0.0.0.0' }, 78, 'listens on loopback only'],
    ['no place for a subgraph', [], {}, 1, '--subgraph NAME=URL'],
    ['a port that is none', ['--port', '99999'], {}, 1, 'A port is from 1 to 65535'],
  ])(
    '%s',
    async (_, args, environment, code, said) => {
      await writeFile(file, supergraph('word: String'));
      const command = run(
        args.map((arg) => (arg === 'FILE' ? file : arg)),
        environment,
      );
      expect(await command.exit).toBe(code);
      expect(command.said()).toContain(said);
      expect(command.said()).not.toMatch(/at .*\.(ts|js):\d+/);
    },
    200_000,
  );

  test.each([[[]], [['--workers', '2']]])(
    'a port that is taken %j',
    async (workers) => {
      const args = ['--supergraph', file, OPEN, '--port', String(portOf(subgraph.server as Server)), ...workers];
      const command = run(args);
      expect(await command.exit).toBe(69);
      expect(command.said()).toContain('another');
    },
    200_000,
  );

  test('a graph without the marks of tenancy', async () => {
    const secrets = { NODE_ENV: 'production', POLYGRAPH_SECRETS: 'a secret of thirty-two characters or more' };
    const stores = { DATABASE_URL: 'postgresql://127.0.0.1:1/none', REDIS_URL: 'redis://127.0.0.1:1' };
    const issuer = { JWT_JWKS_URL: 'https://127.0.0.1:1/jwks' };
    await writeFile(file, supergraph('word: Word } type Word { text: String'));
    const port = String(await freePort());
    const command = run(['--supergraph', file, '--port', port], { ...secrets, ...stores, ...issuer });
    expect(await command.exit).toBe(78);
    expect(command.said()).toContain('Word carries neither');
  }, 200_000);
});
