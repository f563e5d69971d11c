import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createLogger } from '#platform/log';
import { startLocalStores } from '#stores/local/index';
import { openSecrets } from '#stores/local/secrets';
import { type Comparison, compareOperation, type Pace } from './compare.ts';
import { type Contenders, SERVERS, startContenders } from './contenders.ts';
import { measuredOperations } from './operations.ts';
import { measureStarts, type StartTimes } from './start-times.ts';
import { UNLIMITED_AND_UNCACHED } from './unlimited.ts';

export interface BenchOptions extends Pace {
  readonly only: readonly Part[];
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

export const PARTS = ['start', 'queries'] as const;
export type Part = (typeof PARTS)[number];

export interface BenchResult {
  readonly starts?: StartTimes;
  readonly comparisons: readonly Comparison[];
  /** Resident bytes after all rounds. */
  readonly memory?: readonly { readonly name: string; readonly processes: number; readonly rssBytes: number }[];
}

/** Measures on stores of its own in a temporary folder, which is gone afterwards; what runs under .polygraph is not touched. */
export async function runBench({ only, ...options }: BenchOptions): Promise<BenchResult> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'polygraph-bench-'));
  try {
    const starts = only.includes('start') ? await measureStarts(dir, options.progress) : undefined;
    const queries = only.includes('queries') ? await measureQueries(dir, options) : { comparisons: [] };
    return { ...(starts && { starts }), ...queries };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function measureQueries(
  dir: string,
  { progress, signal, ...pace }: Omit<BenchOptions, 'only'>,
): Promise<BenchResult> {
  progress('four stores, then the three servers over them');
  const stores = await startLocalStores({ dir, log: createLogger({ level: 'error' }), signal });
  try {
    const secrets = await openSecrets(dir);
    const environment = {
      ...stores.environment,
      ...UNLIMITED_AND_UNCACHED,
      POLYGRAPH_SECRETS: await secrets.get('master'),
    };
    const contenders = await startContenders(dir, environment, TENANT);
    try {
      const comparisons: Comparison[] = [];
      for (const example of measuredOperations()) {
        signal.throwIfAborted();
        comparisons.push(...(await compareOperation(contenders, example, pace, progress)));
      }
      return { comparisons, memory: await memoryOf(contenders) };
    } finally {
      await contenders.stop();
    }
  } finally {
    await stores.stop();
  }
}

const memoryOf = (contenders: Contenders) =>
  Promise.all(
    SERVERS.map(async (server) => {
      const { name, processes, usage } = contenders[server];
      return { name, processes, rssBytes: (await usage()).rssBytes };
    }),
  );

const TENANT = 'acme';
