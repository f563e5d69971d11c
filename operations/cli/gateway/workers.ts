import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import type { Gateway } from '#gateway/delivery/serve';
import { CommandError, EXIT, explain } from '../explain.ts';
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
/** From a worker: first that it takes orders, then what became of each. */
type Report = 'ready' | { readonly url: string } | { readonly failed: string; readonly exitCode: number };

export async function runWorkers({ workers, file, signal }: WorkersOptions): Promise<void> {
  const running = new Set<Worker>();
  const start = async (): Promise<string> => {
    const worker = cluster.fork();
    running.add(worker);
    worker.once('exit', () => running.delete(worker));
    await reportOf(worker);
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
    // Not `disconnect()`: it comes to a worker when its last connection ends, and a client may keep one for KEEP_ALIVE_SECONDS.
    for (const worker of running) if (worker.isConnected()) worker.send('stop' satisfies Order);
    await Promise.all(ends);
  };
  signal.addEventListener('abort', () => {
    file.close();
    void stop().then(() => process.exit(0));
  });
  try {
    const [url] = await Promise.all(Array.from({ length: workers }, start));
    file.follow(async (sdl) => void (await Promise.all([...running].map((worker) => order(worker, { serve: sdl })))));
    process.stdout.write(`The gateway answers at ${url}/graphql with ${workers} workers\n`);
  } catch (error) {
    if (signal.aborted) return;
    await stop();
    throw error;
  }
}

/** @returns where it serves @throws CommandError with what the worker reports */
async function order(worker: Worker, order: Exclude<Order, 'stop'>): Promise<string> {
  const reported = reportOf(worker);
  worker.send(order);
  const report = await reported;
  if (report === 'ready') throw new Error('A worker says it is ready when it should serve.');
  if ('failed' in report) throw new CommandError(report.failed, report.exitCode);
  return report.url;
}

function reportOf(worker: Worker): Promise<Report> {
  return new Promise((resolve, reject) => {
    const onExit = (): void => {
      worker.off('message', onReport);
      reject(new CommandError('A worker ended before it served.'));
    };
    const onReport = (report: Report): void => {
      worker.off('exit', onExit);
      resolve(report);
    };
    worker.once('exit', onExit).once('message', onReport);
  });
}

/** Obeys the first process alone: Ctrl-C reaches the whole group, and would cut the drain short. */
export async function runWorker(plan: GatewayPlan): Promise<void> {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => {});
  const served: { gateway?: Gateway } = {};
  const serve = async (sdl: string): Promise<void> => {
    if (served.gateway) served.gateway.update(sdl);
    else served.gateway = await startPlanned(plan, sdl);
    report({ url: served.gateway.url });
  };
  const obey = async (order: Order): Promise<void> => {
    if (order === 'stop') {
      await served.gateway?.stop();
      process.exit(0);
    }
    await serve(order.serve).catch((error: unknown) => {
      const isOfUse = served.gateway !== undefined;
      process.send?.(failure(error), () => isOfUse || process.exit());
    });
  };
  process.on('message', (order: Order) => void obey(order));
  report('ready');
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
