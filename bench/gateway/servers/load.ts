import { Pool } from 'undici';
import { percentile } from '#bench/load';

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
  const { origin, pathname: path } = new URL(url);
  const pool = new Pool(origin, { connections: bodies.length });
  const headers = { 'content-type': 'application/json' };
  const latencies: number[] = [];
  const until = performance.now() + seconds * 1000;
  const state: { failed: string | undefined } = { failed: undefined };
  const worker = async (body: RequestBody): Promise<void> => {
    const same = JSON.stringify(body);
    for (let first = 0; performance.now() < until && !state.failed; ) {
      const began = performance.now();
      const { statusCode, body: stream } = await pool.request({
        ...{ method: 'POST', path, headers },
        body: fresh ? withNonce(body) : same,
      });
      const { byteLength } = await stream.bytes();
      latencies.push(performance.now() - began);
      first ||= byteLength;
      // Equal requests have equal answers; what they say was compared before.
      if (statusCode !== 200 || byteLength !== first)
        state.failed = `${statusCode}, ${byteLength} bytes after ${first}`;
    }
  };
  await Promise.all(bodies.map(worker));
  await pool.close();
  latencies.sort((a, b) => a - b);
  return { requests: latencies.length, p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99), ...state };
}

const sent = { nonce: 0 };

/** GraphQL leaves variables alone that the operation does not declare; the fetches of the gateway stay the same. */
function withNonce({ query, variables }: RequestBody): string {
  sent.nonce += 1;
  return JSON.stringify({ query, variables: { ...variables, nonce: sent.nonce } });
}
