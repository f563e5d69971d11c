import { Command } from 'commander';
import { createLogger } from '#platform/log';
import { startLocalStores } from '#stores/local/index';
import { LOCAL_DIR } from './root.ts';
import { storeTable } from './start/report.ts';
import { stopSignal, whenAborted } from './stop-signal.ts';

export const command = new Command('stores')
  .description('run the four local stores alone and print the variables that lead to them')
  .option('--dir <folder>', 'where their data lie', LOCAL_DIR)
  .action(async ({ dir }: { dir: string }) => {
    const signal = stopSignal();
    const progress = (line: string): void => void process.stderr.write(`${line}\n`);
    const stores = await startLocalStores({ dir, log: createLogger({ level: 'warn' }), progress, signal });
    process.stderr.write(`\n${storeTable(stores.rows)}\n\n`);
    for (const [name, value] of Object.entries(stores.environment)) process.stdout.write(`export ${name}='${value}'\n`);
    process.stderr.write('\nCtrl-C stops them.\n');
    await whenAborted(signal);
    await stores.stop();
  });
