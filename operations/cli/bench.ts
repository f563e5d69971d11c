import { Command, InvalidArgumentError } from 'commander';
import { CommandError } from './explain.ts';
import { ensureGenerated } from './generated.ts';
import { stopSignal } from './stop-signal.ts';
import { table } from './table.ts';

export const command = new Command('bench')
  .description(
    'measure this gateway in one process against @apollo/gateway over HTTP on the same subgraphs, and the start',
  )
  .option('--seconds <seconds>', 'of one round', positive, 3)
  .option('--rounds <rounds>', 'of each server, in turns, for each operation and concurrency', positive, 3)
  .option('--only <parts...>', 'start (time to ready, cold and warm) or queries; both where absent')
  .action(async ({ seconds, rounds, only }: { seconds: number; rounds: number; only?: string[] }) => {
    await ensureGenerated();
    const [{ PARTS, runBench }, { report }] = await Promise.all([import('#bench/index'), import('#bench/report')]);
    const parts = PARTS.filter((part) => only === undefined || only.includes(part));
    if (parts.length === 0) throw new CommandError(`--only takes ${PARTS.join(' and ')}.`);
    const result = await runBench({ seconds, rounds, only: parts, progress, signal: stopSignal() });
    process.stdout.write(report(result, table));
  });

command
  .command('walls')
  .description('measure what the walls between tenants cost: the same operations with and without, in turns')
  .action(async (_options: unknown, own: Command) => {
    await ensureGenerated();
    const { seconds, rounds } = own.optsWithGlobals<{ seconds: number; rounds: number }>();
    const [{ measureWalls }, { reportWalls }] = await Promise.all([
      import('#bench/walls/index'),
      import('#bench/walls/report'),
    ]);
    const prices = await measureWalls({ seconds, rounds, progress, signal: stopSignal() });
    process.stdout.write(reportWalls(prices, table));
  });

const progress = (line: string): void => void process.stderr.write(`bench: ${line}\n`);

function positive(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It is a number above 0.');
}
