import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DEMO_FILE } from '#operations/demo/files';
import { createLogger } from '#platform/log';
import { startLocalStores } from '#stores/local/index';
import { openSecrets } from '#stores/local/secrets';
import { median } from './load.ts';
import { startServer } from './process.ts';

export interface TimingOptions {
  /** Of each kind, for each question. */
  readonly samples: number;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Whether the time of "not found" tells that another tenant has what was asked for. */
export interface Timing {
  readonly question: string;
  /** Medians in milliseconds. */
  readonly theirs: number;
  readonly nobodys: number;
  /** Two-sided, of the rank test of Mann and Whitney. Small: the times differ. */
  readonly p: number;
}

/**
 * Asks, as one demo tenant, for what another has and for what nobody has, in an
 * order drawn anew for each pair, one request at a time (GW-13).
 */
export async function measureTiming({ samples, progress, signal }: TimingOptions): Promise<readonly Timing[]> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'polygraph-bench-timing-'));
  const stores = await startLocalStores({ dir, log: createLogger({ level: 'error' }), signal, progress });
  try {
    const master = await (await openSecrets(dir)).get('master');
    const environment = { ...stores.environment, POLYGRAPH_SECRETS: master, RATE_LIMIT_PER_MINUTE: '1000000' };
    const product = await startServer('polygraph', [dir], environment);
    try {
      const { tenants } = DEMO_FILE.parse(JSON.parse(await readFile(path.join(dir, 'demo.json'), 'utf8')));
      const [asking, asked] = tenants;
      if (!asking || !asked) throw new Error('The demo has no two tenants.');
      const ask = (token: string) => asker(`${product.urls.gateway}/graphql`, token);
      const timings: Timing[] = [];
      for (const [question, query] of Object.entries(QUESTIONS)) {
        signal.throwIfAborted();
        progress(question);
        const theirs = await ask(asked.tokens.viewer)(KNOWN[question] ?? '', {});
        timings.push(await compare(question, query, idIn(theirs), ask(asking.tokens.viewer), samples));
      }
      return timings;
    } finally {
      await product.stop();
    }
  } finally {
    await stores.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

const QUESTIONS: Readonly<Record<string, string>> = {
  content: 'query ($id: ID!) { content(id: $id) { id title } }',
  user: 'query ($id: ID!) { user(id: $id) { id name } }',
  topic: 'query ($id: ID!) { topic(id: $id) { id name } }',
};

/** How its own tenant finds one. */
const KNOWN: Readonly<Record<string, string>> = {
  content: '{ contents(first: 1) { nodes { id } } }',
  user: '{ users(first: 1) { nodes { id } } }',
  topic: '{ topics(first: 1) { nodes { id } } }',
};

type Ask = (query: string, variables: Readonly<Record<string, unknown>>) => Promise<string>;

const asker =
  (url: string, token: string): Ask =>
  async (query, variables) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    });
    return response.text();
  };

function idIn(answer: string): string {
  const id = /"id":"([^"]+)"/.exec(answer)?.[1];
  if (!id) throw new Error(`There is no id in ${answer.slice(0, 200)}.`);
  return id;
}

async function compare(question: string, query: string, id: string, ask: Ask, samples: number): Promise<Timing> {
  const theirs: number[] = [];
  const nobodys: number[] = [];
  const once = async (times: number[], asked: string): Promise<void> => {
    const began = performance.now();
    const answer = await ask(query, { id: asked });
    times.push(performance.now() - began);
    if (answer !== `{"data":{"${question}":null}}`) throw new Error(`An id is answered with ${answer.slice(0, 200)}.`);
  };
  for (let warm = 0; warm < WARM; warm += 1) await once([], randomUUID());
  for (let sample = 0; sample < samples; sample += 1) {
    const pair = [() => once(theirs, id), () => once(nobodys, randomUUID())];
    for (const step of Math.random() < 0.5 ? pair : pair.reverse()) await step();
  }
  return { question, theirs: median(theirs), nobodys: median(nobodys), p: rankTest(theirs, nobodys) };
}

const WARM = 200;

/** Mann and Whitney's U, by its normal approximation. @returns the two-sided p */
export function rankTest(a: readonly number[], b: readonly number[]): number {
  const all = [...a.map((value) => ({ value, own: true })), ...b.map((value) => ({ value, own: false }))];
  all.sort((x, y) => x.value - y.value);
  // Times are measured to nanoseconds, so ties are too few to matter.
  const ranks = all.reduce((sum, { own }, at) => (own ? sum + at + 1 : sum), 0);
  const u = ranks - (a.length * (a.length + 1)) / 2;
  const mean = (a.length * b.length) / 2;
  const deviation = Math.sqrt((a.length * b.length * (a.length + b.length + 1)) / 12);
  return 2 * (1 - normal(Math.abs(u - mean) / deviation));
}

/** The share of a normal distribution below `z`, by Abramowitz and Stegun 26.2.17, right to seven digits. */
function normal(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const tail = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429].reduceRight(
    (sum, factor) => (sum + factor) * t,
    0,
  );
  return 1 - (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * tail;
}
