import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { createLogger } from '#platform/log';
import type { StoreName } from '#platform/tally';
import { loadExamples } from '#schema/examples';
import { type LocalStores, startLocalStores } from '#stores/local/index';
import type { Answer } from './client.ts';
import { startWorld, type World } from './world.ts';

/** A product over four stores that nobody else uses, so that they can be killed. */
export interface OutageWorld extends Omit<Awaited<ReturnType<typeof startWorld>>, 'stop'> {
  /** Addresses of the stores. */
  readonly environment: LocalStores['environment'];
  /** Kills the store's process as `kill -9` does. It is started again on its port after the pause. */
  kill(store: StoreName): void;
  /** Stops the store's processes as a black hole does: they take connections and stay silent. @returns how to wake them */
  freeze(store: StoreName): () => void;
  /** Resolves when the store was started again and answers whoever asks it directly. */
  restarted(store: StoreName): Promise<void>;
  stop(): Promise<void>;
}

/** Data on disk, as with `npm start`: what is lost in a kill would show. */
export async function startOutageWorld(restartPauseMs: number): Promise<OutageWorld> {
  const dir = await mkdtemp(join(tmpdir(), 'polygraph-test-outage-'));
  const log = createLogger({ level: process.env.TEST_LOG_LEVEL ?? 'silent' });
  const stores = await startLocalStores({ dir, log, restartPauseMs });
  const stop = async (): Promise<void> => {
    await stores.stop();
    await rm(dir, { recursive: true, force: true });
  };
  const killed = new Map<StoreName, number>();
  try {
    const world = await startWorld(stores.environment, IMPATIENT);
    return {
      ...world,
      environment: stores.environment,
      kill(store) {
        killed.set(store, pidOf(stores, store));
        process.kill(pidOf(stores, store), 'SIGKILL');
      },
      freeze(store) {
        const pids = familyOf(pidOf(stores, store));
        for (const pid of pids) process.kill(pid, 'SIGSTOP');
        return () => {
          for (const pid of pids) process.kill(pid, 'SIGCONT');
        };
      },
      restarted: (store) =>
        expect.poll(() => pidOf(stores, store), { timeout: 60_000 }).not.toBe(killed.get(store)) as Promise<void>,
      stop: () => world.stop().then(stop),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function pidOf({ rows }: LocalStores, store: StoreName): number {
  return rows.find((row) => row.store === store)?.pid ?? expect.fail(`${store} does not run`);
}

/** PostgreSQL serves each connection from a process of its own. */
function familyOf(pid: number): number[] {
  const listed = existsSync('/proc/self')
    ? readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    : execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' });
  return [pid, ...listed.split(/\s+/).filter(Boolean).map(Number)];
}

export interface Sample {
  readonly tenant: string;
  /** performance.now() when the answer was there. */
  readonly at: number;
  readonly ms: number;
  readonly answer: Answer;
}

export interface Loop {
  readonly samples: readonly Sample[];
  stop(): Promise<void>;
}

/** The flagship: documents of PostgreSQL with bodies and views of MongoDB and topics of Neo4j. Takes `first`. */
export function newestPublished(): string {
  return loadExamples().find(({ name }) => name === '01-newest-published')?.query ?? expect.fail('no such example');
}

/** Asks the ten-documents query as every demo tenant, again and again, until it is stopped. */
export function startLoop({ as, demo }: Pick<World, 'as' | 'demo'>): Loop {
  const query = newestPublished();
  const samples: Sample[] = [];
  let stopped = false;
  const askAs = async (tenant: string): Promise<void> => {
    const client = as(tenant);
    while (!stopped) {
      const began = performance.now();
      const answer = await client.query(query, { first: 10 });
      const at = performance.now();
      samples.push({ tenant, at, ms: at - began, answer });
      await sleep(20);
    }
  };
  const running = demo.tenants.map(({ slug }) => askAs(slug));
  return {
    samples,
    async stop() {
      stopped = true;
      await Promise.all(running);
    },
  };
}

/** Resolves when each tenant got this many answers without an error in a row. @returns when, as performance.now() */
export async function whenComplete({ samples }: Loop, tenants: readonly string[], inARow = 3): Promise<number> {
  const lastOf = (tenant: string): readonly Sample[] => samples.filter((one) => one.tenant === tenant).slice(-inARow);
  const isComplete = (tenant: string): boolean => {
    const last = lastOf(tenant);
    return last.length === inARow && last.every(({ answer }) => answer.errors.length === 0);
  };
  await expect.poll(() => tenants.every(isComplete), { timeout: 60_000 }).toBe(true);
  return Math.max(...tenants.map((tenant) => lastOf(tenant)[0]?.at ?? 0));
}

/** As the product runs: a test of outages is about what happens when time is up. */
export const IMPATIENT = { STORE_TIMEOUT_MS: 3_000, OPERATION_TIMEOUT_MS: 10_000 };
