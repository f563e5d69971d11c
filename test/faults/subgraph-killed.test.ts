import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Answer, Client } from '../kit/client.ts';
import { type SmallGateway, startSmallGateway } from '../kit/gateway.ts';

const QUERY = '{ documents { title body views } }';
let victim: { readonly process: ChildProcess; readonly url: URL };
let gateway: SmallGateway;
let client: Client;
beforeAll(async () => {
  victim = await serveContent(0);
  gateway = await startSmallGateway({ subgraphs: ({ relational }) => ({ relational, content: victim.url }) });
  client = await gateway.as('EDITOR');
});
afterAll(async () => {
  await gateway?.stop();
  victim?.process.kill('SIGKILL');
});

const titlesOf = ({ data }: Answer): string[] =>
  ((data?.documents ?? []) as { title: string }[]).map(({ title }) => title);
const codesOf = ({ errors }: Answer): string[] => [...new Set(errors.map(({ extensions }) => extensions.code))];

test('a subgraph killed under load costs its own fields, and is found again when it is back', async () => {
  const before = await client.query(QUERY);
  expect(before.errors).toEqual([]);

  const asking = Array.from({ length: 20 }, () => client.query(QUERY));
  victim.process.kill('SIGKILL');
  await once(victim.process, 'exit');
  const during = [...(await Promise.all(asking)), ...(await Promise.all(asking.map(() => client.query(QUERY))))];
  for (const answer of during) {
    expect(titlesOf(answer)).toEqual(titlesOf(before));
    expect(['', 'SUBGRAPH_UNAVAILABLE']).toContain(codesOf(answer).join());
    expect(answer.errors.every(({ path }) => /^documents\.\d\.(body|views)$/.test(path?.join('.') ?? ''))).toBe(true);
    expect(answer.text).not.toMatch(/127\.0\.0\.1|ECONN|socket/i);
  }
  expect(codesOf(during.at(-1) ?? before)).toEqual(['SUBGRAPH_UNAVAILABLE']);

  victim = await serveContent(Number(victim.url.port));
  await expect.poll(async () => (await client.query(QUERY)).data).toEqual(before.data);
});

async function serveContent(port: number): Promise<typeof victim> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'test/kit/subgraph-victim.ts'], {
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  return { process: child, url: new URL(String(line).trim()) };
}
