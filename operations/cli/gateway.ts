import cluster from 'node:cluster';
import { Command, InvalidArgumentError } from 'commander';
import { SUBGRAPHS } from '#schema/subgraphs';
import { CommandError } from './explain.ts';
import { openSupergraphFile } from './gateway/file.ts';
import { type GatewayPlan, startPlanned } from './gateway/plan.ts';
import { runWorker, runWorkers } from './gateway/workers.ts';
import { ensureGenerated } from './generated.ts';
import { parsePort } from './port.ts';
import { stopSignal, whenAborted } from './stop-signal.ts';

interface Options {
  readonly supergraph?: string;
  readonly port?: number;
  readonly workers: number;
  readonly subgraph: Readonly<Record<string, URL>>;
  readonly dangerouslyWithoutTenancy: boolean;
}

export const command = new Command('gateway')
  .description('run the gateway alone, in front of subgraphs that run elsewhere')
  .option(
    '--supergraph <file>',
    'any Federation 2 supergraph instead of the own one; also SUPERGRAPH',
    process.env.SUPERGRAPH,
  )
  .option('--port <port>', 'also PORT', parsePort)
  .option('--workers <count>', 'processes that share the port', parseWorkers, 1)
  .option('--subgraph <name=url...>', 'where a subgraph takes requests, if not where the supergraph says', addPlace, {})
  .option('--dangerously-without-tenancy', 'serve anybody, on loopback only, and check no rule of tenancy', false)
  .action(async (options: Options) => {
    const plan = planOf(options);
    if (cluster.isWorker) return runWorker(plan);
    await ensureGenerated();
    const file = await openSupergraphFile(options.supergraph || undefined);
    const signal = stopSignal({ onHangUp: () => void file.reload() });
    if (options.workers > 1) return runWorkers({ workers: options.workers, file, signal });
    const gateway = await startPlanned(plan, file.current);
    file.follow(async (sdl) => gateway.update(sdl));
    process.stdout.write(`The gateway answers at ${gateway.url}/graphql\n`);
    await whenAborted(signal);
    await gateway.stop();
    process.exit(0);
  });

function planOf({ supergraph, port, subgraph: places, dangerouslyWithoutTenancy }: Options): GatewayPlan {
  const missing = supergraph ? [] : SUBGRAPHS.filter((name) => !places[name]);
  if (missing.length > 0) {
    const where = 'Say where they run with --subgraph NAME=URL, or name another graph with --supergraph FILE.';
    throw new CommandError(`The subgraphs ${missing.join(' and ')} have no place. ${where}`);
  }
  return { places, port, withoutTenancy: dangerouslyWithoutTenancy };
}

function addPlace(text: string, before: Readonly<Record<string, URL>>): Readonly<Record<string, URL>> {
  const [, name, url] = /^([\w-]+)=(.+)$/.exec(text) ?? [];
  if (!name || !url) throw new InvalidArgumentError('It is NAME=URL.');
  if (!URL.canParse(url)) throw new InvalidArgumentError(`${url} is not a URL.`);
  return { ...before, [name]: new URL(url) };
}

function parseWorkers(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 64) return count;
  throw new InvalidArgumentError('Workers are from 1 to 64.');
}
