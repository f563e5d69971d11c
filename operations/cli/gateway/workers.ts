import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { CommandError, EXIT, explain } from '../explain.ts';
import { whenAborted } from '../stop-signal.ts';
import type { SupergraphFile } from './file.ts';
import { type GatewayPlan, startPlanned } from './plan.ts';

/**
 * Several processes behind one port. Each compiles, caches and shares for itself;
 * a worker that dies is replaced, one that never served ends the command.
 */
export interface WorkersOptions {
  workers: number;
  file: SupergraphFile;
  signal: AbortSignal;
}

/** From the first process to a worker. */
type Order = { readonly serve: string } | 'stop';
/** From a worker, after each order. */
type Report = { readonly url: string } | { readonly failed: string; readonly exitCode: number };

export async function runWorkers({ workers, file, signal }: WorkersOptions): Promise<void> {
  const running = new Set<Worker>();
  const start = async (): Promise<string> => {
    const worker = cluster.fork();
    running.add(worker);
    worker.once('exit', () => running.delete(worker));
    const url = await order(worker, { serve: file.current });
    worker.once('exit', () => {
      if (signal.aborted) return;
      process.stderr.write('A worker ended unasked and is replaced.\n');
      setTimeout(() => void start().catch((error) => process.stderr.write(`${explain(error)}\n`)), RESTART_MS);
    });
    return url;
  };
  const stop = async (): Promise<void> => {
    const ends = [...running].map((worker) => once(worker, 'exit'));
    for (const worker of running) worker.send('stop' satisfies Order);
    await Promise.all(ends);
  };
  try {
    const [url] = await Promise.all(Array.from({ length: workers }, start));
    file.follow(async (sdl) => void (await Promise.all([...running].map((worker) => order(worker, { serve: sdl })))));
    process.stdout.write(`The gateway answers at ${url}/graphql with ${workers} workers\n`);
  } catch (error) {
    await stop();
    throw error;
  }
  await whenAborted(signal);
  file.close();
  await stop();
  process.exit(0);
}

/** @returns where it serves @throws CommandError with what the worker reports */
async function order(worker: Worker, order: Order): Promise<string> {
  const ended = new AbortController();
  const exit = once(worker, 'exit', { signal: ended.signal }).then(() => {
    throw new CommandError('A worker ended before it served.');
  });
  worker.send(order);
  const [report] = (await Promise.race([once(worker, 'message', { signal: ended.signal }), exit])) as [Report];
  exit.catch(() => {});
  ended.abort();
  if ('failed' in report) throw new CommandError(report.failed, report.exitCode);
  return report.url;
}

/** Obeys the first process alone: Ctrl-C reaches the whole group, and would cut the drain short. */
export async function runWorker(plan: GatewayPlan): Promise<void> {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => {});
  const [first] = (await once(process, 'message')) as [Order];
  if (first === 'stop') process.exit(0);
  const gateway = await startPlanned(plan, first.serve).catch((error: unknown) => {
    report(failure(error));
    return undefined;
  });
  if (!gateway) return;
  const stop = (): void => void gateway.stop().then(() => process.exit(0));
  process.once('disconnect', stop);
  process.on('message', (order: Order) => {
    if (order === 'stop') return stop();
    try {
      gateway.update(order.serve);
      report({ url: gateway.url });
    } catch (error) {
      report(failure(error));
    }
  });
  report({ url: gateway.url });
}

const report = (report: Report): void => void process.send?.(report);

function failure(error: unknown): Report {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return { failed: 'The port is taken; choose another with --port.', exitCode: EXIT.unavailable };
  return { failed: explain(error), exitCode: error instanceof CommandError ? error.exitCode : EXIT.failed };
}

/** A worker that dies at once must not be started in a loop that takes a core. */
const RESTART_MS = 500;
