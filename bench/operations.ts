import { isDeepStrictEqual } from 'node:util';
import { Pool } from 'undici';
import { type Example, loadExamples } from '#schema/examples';
import type { Contender, Contenders, ServerName } from './contenders.ts';

/** The saved operations that are measured: the one of the README, one of the middle, a tiny one. */
export const MEASURED = ['01-newest-published', '03-content-by-slug', '02-viewer'] as const;

export function measuredOperations(): Example[] {
  const all = loadExamples();
  return MEASURED.map((name) => {
    const example = all.find((one) => one.name === name);
    if (!example) throw new Error(`There is no saved operation ${name}.`);
    return example;
  });
}

export interface Connection {
  /** @returns how many bytes the answer had @throws Error where it is not a whole answer */
  send(): Promise<number>;
  close(): Promise<void>;
}

/** Kept-alive connections that send one operation again and again. */
export function connect({ name, endpoint }: Contender, token: string, { query, variables }: Example): Connection {
  const { origin, pathname } = new URL(endpoint);
  const pool = new Pool(origin, { connections: 32 });
  const body = JSON.stringify({ query, variables });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  return {
    async send() {
      const response = await pool.request({ method: 'POST', path: pathname, headers, body });
      const text = await response.body.text();
      if (response.statusCode === 200 && !text.includes('"errors":[')) return text.length;
      throw new Error(`${name} answered ${response.statusCode}: ${text.slice(0, 300)}`);
    },
    close: () => pool.close(),
  };
}

/** What one operation costs beside time. */
export interface Cost {
  readonly storeQueries: number;
  readonly fetches: number;
}

/** Sends the operation to each once. @throws Error where their data differ: then there is nothing to compare */
export async function compareAnswers(
  { polygraph, overHttp, vanilla, token }: Contenders,
  example: Example,
): Promise<Record<ServerName, Cost>> {
  const own = await ask(polygraph, token, example);
  const split = await ask(overHttp, token, example);
  const before = await vanilla.usage();
  const theirs = await ask(vanilla, token, example);
  const after = await vanilla.usage();
  for (const other of [split, theirs]) {
    if (own.data && isDeepStrictEqual(own.data, other.data)) continue;
    throw new Error(`${example.name} is answered differently:\n${JSON.stringify(own)}\n${JSON.stringify(other)}`);
  }
  return {
    polygraph: costIn(own),
    overHttp: costIn(split),
    vanilla: { storeQueries: after.storeQueries - before.storeQueries, fetches: after.fetches - before.fetches },
  };
}

function costIn({ extensions }: Answer): Cost {
  const { storeQueries = {}, fetches = Number.NaN } = extensions?.polygraph ?? {};
  return { storeQueries: Object.values(storeQueries).reduce((sum, count) => sum + count, 0), fetches };
}

interface Answer {
  data?: Record<string, unknown> | null;
  extensions?: { polygraph?: { storeQueries: Record<string, number>; fetches: number } };
}

async function ask({ endpoint }: Contender, token: string, { query, variables }: Example): Promise<Answer> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'x-polygraph-trace': '1' },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Answer;
}
