import { Command, InvalidArgumentError } from 'commander';
import { ensureGenerated } from './generated.ts';
import { stopSignal } from './stop-signal.ts';

interface Options {
  readonly seconds: number;
  readonly seed: number;
  readonly operations?: number;
  readonly record?: boolean;
  readonly out: string;
}

export const command = new Command('fuzz')
  .description(
    'random operations as one tenant, in a world with another tenant and in a world without: answers must be equal',
  )
  .option('--seconds <seconds>', 'how long, after the two worlds have started', positive, 60)
  .option('--seed <seed>', 'the same seed makes the same operations; a new one each time where absent', natural)
  .option('--operations <count>', 'ends after so many, if the time is not over before', natural)
  .option('--record', 'adds a line to docs/fuzzing.md')
  .option('--out <folder>', 'where findings are written', '.polygraph/fuzz')
  .action(async ({ seed = Date.now() % 2 ** 31, out, record, ...rest }: Options) => {
    await ensureGenerated();
    const { fuzzFromTheCommandLine } = await import('#test/fuzz/command');
    const write = (line: string): void => void process.stderr.write(`fuzz: ${line}\n`);
    const signal = stopSignal();
    const found = await fuzzFromTheCommandLine({ ...rest, seed, out, record: record === true, signal, write });
    process.exitCode = found > 0 ? 1 : 0;
  });

function positive(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It is a number above 0.');
}

function natural(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError('It is a whole number.');
}
