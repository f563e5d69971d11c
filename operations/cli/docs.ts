import { Command } from 'commander';
import { CommandError } from './explain.ts';

export const command = new Command('docs')
  .description('write the pages of docs/ that are derived from code')
  .option('--check', 'write nothing; fail where a page no longer says what the code says')
  .action(async ({ check = false }: { check?: boolean }) => {
    const { checkDocs, writeDocs } = await import('#docs/generate');
    const stale = check ? await checkDocs() : await writeDocs();
    if (check && stale.length > 0) {
      throw new CommandError(
        `${stale.join(' and ')} no longer say what the code says. Run: node bin/polygraph.mjs docs`,
      );
    }
    process.stdout.write(stale.length > 0 ? `Wrote ${stale.join(' and ')}.\n` : 'The pages are current.\n');
  });
