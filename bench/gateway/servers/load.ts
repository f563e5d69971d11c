import { percentile } from '#bench/load';
import { Caller } from './caller.ts';

/** A round as the process that makes the load is told to run it. */
export interface RoundOrder {
  readonly url: string;
  /** One for each connection; each is sent again and again, one at a time. */
  readonly bodies: readonly RequestBody[];
  /** Each request has a variable that no other has, so that nobody who remembers requests is measured by his memory. */
  readonly fresh: boolean;
  readonly seconds: number;
}

export interface RequestBody {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface RoundReport {
  readonly requests: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly failed: string | undefined;
}

/** The load in a process of its own, so that its work is in nobody's figures. */
process.on('message', (order: RoundOrder) => {
  run(order).then((report) => process.send?.(report));
});
process.once('disconnect', () => process.exit(0));
process.send?.('ready');

async function run({ url, bodies, fresh, seconds }: RoundOrder): Promise<RoundReport> {
  const callers = await Promise.all(bodies.map(() => Caller.open(url)));
  const latencies: number[] = [];
  const until = performance.now() + seconds * 1000;
  const state: { failed: string | undefined } = { failed: undefined };
  const keepAsking = async (caller: Caller, body: RequestBody): Promise<void> => {
    const same = JSON.stringify(body);
    for (let first = 0; performance.now() < until && !state.failed; ) {
      const began = performance.now();
      const { status, bytes } = await caller.ask(fresh ? withNonce(body) : same);
      latencies.push(performance.now() - began);
      first ||= bytes;
      // Equal requests have equal answers; what they say was compared before.
      if (status !== 200 || bytes !== first) state.failed = `${status}, ${bytes} bytes after ${first}`;
    }
  };
  await Promise.all(callers.map((caller, at) => keepAsking(caller, bodies[at] as RequestBody))).catch((error) => {
    state.failed = String(error);
  });
  for (const caller of callers) caller.close();
  latencies.sort((a, b) => a - b);
  return { requests: latencies.length, p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99), ...state };
}

const sent = { nonce: 0 };

/** GraphQL leaves variables alone that the operation does not declare; the fetches of the gateway stay the same. */
function withNonce({ query, variables }: RequestBody): string {
  sent.nonce += 1;
  return JSON.stringify({ query, variables: { ...variables, nonce: sent.nonce } });
}
