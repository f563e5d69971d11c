import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { commitAt } from './commit.ts';
import { CommandError } from './explain.ts';
import { ensureGenerated } from './generated.ts';
import { LOCAL_DIR, ROOT } from './root.ts';
import { stopSignal } from './stop-signal.ts';
import { table } from './table.ts';

export const command = new Command('mutants')
  .description('take each wall between tenants away, in a copy of the sources, and see whether the tests notice')
  .option('--only <ids>', 'of mutants, separated by commas', (text) => text.split(','))
  .option('--resume', 'keep the verdicts of a run over these same sources that was cut short')
  .action(async ({ only, resume = false }: { only?: string[]; resume?: boolean }) => {
    await ensureGenerated();
    const [{ runMutants }, { HEADING, page, rows, score }, { MUTANTS }, { markdownTable }] = await Promise.all([
      import('#test/mutants/run'),
      import('#test/mutants/report'),
      import('#test/mutants/index'),
      import('#docs/table'),
    ]);
    const unknown = (only ?? []).filter((id) => !MUTANTS.some((mutant) => mutant.id === id));
    if (unknown.length > 0) throw new CommandError(`There is no mutant ${unknown.join(', ')}.`);
    const progress = (line: string): void => void process.stderr.write(`mutants: ${line}\n`);
    const memory = path.join(LOCAL_DIR, 'mutants.json');
    const { verdicts, complete } = await runMutants({
      ...{ root: ROOT, memory, only, resume },
      progress,
      signal: stopSignal(),
    });
    process.stdout.write(`\n${table([[...HEADING], ...rows(verdicts)])}\n\n${score(verdicts)}\n`);
    if (complete) {
      const ran = `One run at commit ${commitAt(ROOT)}.`;
      await writeFile(path.join(ROOT, 'docs/mutants.md'), page(verdicts, ran, markdownTable));
    }
    const failed = verdicts.some(({ result }) => result === 'survived' || result === 'broken');
    process.exitCode = failed ? 1 : 0;
  });
