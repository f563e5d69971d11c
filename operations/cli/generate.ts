import { Command } from 'commander';
import { ensureGenerated } from './generated.ts';

export const command = new Command('generate')
  .description('write the code that is derived from the SDL and the Prisma schema')
  .option('--force', 'even where it is up to date')
  .action(async ({ force = false }: { force?: boolean }) => {
    const written = await ensureGenerated({ force });
    process.stdout.write(written ? 'Generated.\n' : 'Up to date.\n');
  });
