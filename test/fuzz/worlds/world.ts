import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { SubgraphName } from '#schema/subgraphs';
import { TEST_SECRETS } from '#test/kit/secrets';
import type { StoreAddresses } from '../copies/index.ts';

/** The product over stores of its own, in a process of its own. */
export interface FuzzWorld {
  readonly name: string;
  /** Of the gateway, without a path. */
  readonly url: string;
  /** Where each subgraph takes what the gateway would send it. */
  readonly doors: Readonly<Record<SubgraphName, string>>;
  readonly stores: StoreAddresses;
  /** The file that it writes its errors to. */
  readonly log: string;
  /** Holds the key of the token issuer. */
  readonly dir: string;
  /** Projects all that waits, which nothing else does here. */
  drain(): Promise<void>;
  stop(): Promise<void>;
}

/** @param dir with the key of the issuer, which worlds may share @throws Error where the process ends early */
export async function startFuzzWorld(name: string, stores: StoreAddresses, dir: string): Promise<FuzzWorld> {
  const log = path.join(dir, `${name}.log`);
  const output = openSync(log, 'a');
  const child = fork(path.join(import.meta.dirname, 'process.ts'), [dir], {
    // As in `npm run gateway`: fewer operations that are half done are copied by the collector.
    execArgv: ['--import', 'tsx', '--max-semi-space-size=64'],
    env: { ...process.env, ...stores, ...SETTINGS, AUDIT_DIR: path.join(dir, `audit-${name}`) },
    stdio: ['ignore', output, output, 'ipc'],
  });
  closeSync(output);
  const ready = await firstMessage(child, log);
  const obey = orders(child);
  return {
    ...{ name, stores, log, dir, ...ready },
    drain: () => obey('drain'),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.send({ id: 0, order: 'stop' });
      await ended;
    },
  };
}

type Ready = Pick<FuzzWorld, 'url' | 'doors'>;

async function firstMessage(child: ChildProcess, log: string): Promise<Ready> {
  const ended = new AbortController();
  const { signal } = ended;
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([ready]) => ready as Ready),
      once(child, 'exit', { signal }).then(([code]): never => {
        throw new Error(`The process of a world ended (${code}) before it was ready:\n${readFileSync(log, 'utf8')}`);
      }),
    ]);
  } finally {
    ended.abort();
  }
}

/** Sends an order and waits until it is done. @throws Error where it fails or the process ends */
function orders(child: ChildProcess): (order: string) => Promise<void> {
  const waiting = new Map<number, (error: Error | undefined) => void>();
  let last = 0;
  child.on('message', ({ id, error }: { id: number; error?: string }) => {
    waiting.get(id)?.(error === undefined ? undefined : new Error(error));
    waiting.delete(id);
  });
  child.once('exit', () => {
    for (const settle of waiting.values()) settle(new Error('The process of a world ended.'));
  });
  return (order) =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, (error) => (error ? reject(error) : resolve()));
      child.send({ id: last, order });
    });
}

/** The load is ours, and a machine that is busy is no outage. */
const SETTINGS = {
  NODE_ENV: 'test',
  TEST_LOG_LEVEL: 'error',
  POLYGRAPH_SECRETS: TEST_SECRETS.join(','),
  RATE_LIMIT_PER_MINUTE: '1000000000',
  COST_PER_MINUTE: '1000000000000',
  RATE_LIMIT_TENANT_PER_MINUTE: '1000000000',
  RATE_LIMIT_OPERATION_PER_MINUTE: '1000000000',
  FAILED_SIGN_INS_PER_MINUTE: '1000000000',
  MAX_OBJECTS: '1000000000',
  IDENTITY_CACHE_SECONDS: '60',
  // What is taken of all tenants now and then is taken once, before they are copied.
  AUDIT_ANCHOR_SECONDS: '86400',
  STORE_TIMEOUT_MS: '30000',
  OPERATION_TIMEOUT_MS: '60000',
};
