import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DEMO_FILE } from '#operations/demo/files';
import type { Measured } from './process.ts';
import { startServer } from './process.ts';
import type { Usage } from './servers/parent.ts';

/** One of those that are compared: the processes that answer, taken together. */
export interface Contender {
  readonly name: string;
  /** Where it takes POST. */
  readonly endpoint: string;
  readonly processes: number;
  usage(): Promise<Usage>;
}

/** The product in one process, its gateway before subgraphs of another, and the stock gateway before the same. */
export const SERVERS = ['polygraph', 'overHttp', 'vanilla'] as const;
export type ServerName = (typeof SERVERS)[number];

export interface Contenders extends Readonly<Record<ServerName, Contender>> {
  /** Of a viewer in a demo tenant. */
  readonly token: string;
  stop(): Promise<void>;
}

/** Polygraph first: it migrates the stores and makes the demo data where there are none. */
export async function startContenders(
  dir: string,
  environment: Readonly<Record<string, string>>,
  tenant: string,
): Promise<Contenders> {
  const started: Measured[] = [];
  const start = async (...args: Parameters<typeof startServer>): Promise<Measured> => {
    const server = await startServer(...args);
    started.push(server);
    return server;
  };
  const stop = async (): Promise<void> => {
    for (const server of started.reverse()) await server.stop();
  };
  try {
    const product = await start('polygraph', [dir], environment);
    const subgraphs = await start('subgraphs', [], environment);
    const places = [dir, JSON.stringify(subgraphs.urls)];
    const overHttp = await start('gateway', places, environment);
    const vanilla = await start('vanilla', places, environment);
    const demo = DEMO_FILE.parse(JSON.parse(await readFile(path.join(dir, 'demo.json'), 'utf8')));
    const token = demo.tenants.find(({ slug }) => slug === tenant)?.tokens.viewer;
    if (!token) throw new Error(`The demo has no tenant ${tenant}.`);
    return {
      polygraph: contender('Polygraph, one process', `${product.urls.gateway}/graphql`, [product]),
      overHttp: contender('Polygraph + HTTP subgraphs', `${overHttp.urls.gateway}/graphql`, [overHttp, subgraphs]),
      vanilla: contender('Apollo Gateway + HTTP subgraphs', vanilla.urls.gateway ?? '', [vanilla, subgraphs]),
      token,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function contender(name: string, endpoint: string, processes: readonly Measured[]): Contender {
  return {
    name,
    endpoint,
    processes: processes.length,
    async usage() {
      const usages = await Promise.all(processes.map((one) => one.usage()));
      const sum = (field: keyof Usage): number => usages.reduce((total, usage) => total + usage[field], 0);
      return {
        cpuMs: sum('cpuMs'),
        rssBytes: sum('rssBytes'),
        storeQueries: sum('storeQueries'),
        fetches: sum('fetches'),
      };
    },
  };
}
