import { spawn } from 'node:child_process';
import path from 'node:path';
import { Command } from 'commander';
import { ensureGenerated } from './generated.ts';
import { ROOT } from './root.ts';

export const command = new Command('test')
  .description('run every test, with stores of their own; arguments go to vitest')
  .argument('[arguments...]', 'for example a file, -t <name> or --project unit')
  .allowUnknownOption()
  .helpOption(false)
  .action(async (args: string[]) => {
    await ensureGenerated();
    const vitest = path.join(ROOT, 'node_modules/vitest/vitest.mjs');
    const child = spawn(process.execPath, [vitest, 'run', ...args], { cwd: ROOT, stdio: 'inherit' });
    // Ctrl-C reaches vitest from the terminal; the others only through us.
    process.on('SIGINT', () => {});
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill('SIGINT'));
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (status) => resolve(status ?? 130));
    });
    process.exit(code);
  });
