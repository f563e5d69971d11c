import { Command } from 'commander';
import { createProgress } from '#operations/import/progress';
import { createLogger } from '#platform/log';
import { ensureGenerated } from './generated.ts';
import { startLocally } from './start/local.ts';
import { assertPortFree } from './start/port.ts';
import { startProduct } from './start/product.ts';
import { announcement } from './start/report.ts';
import { stopSignal, whenAborted } from './stop-signal.ts';

export const command = new Command('start')
  .description('run the whole product: local stores where no URL is set, four subgraphs, the gateway')
  .action(async () => {
    const began = performance.now();
    const signal = stopSignal();
    const log = createLogger({ level: process.env.LOG_LEVEL ?? 'warn' });
    const progress = (line: string): void => void process.stderr.write(`${line}\n`);
    if (await ensureGenerated()) progress('Wrote the code that is derived from the schemas');

    const local = await startLocally({ environment: process.env, log, progress, signal, check: assertPortFree });
    try {
      const product = await startProduct({
        settings: local.settings,
        log,
        local,
        progress: createProgress(process.stderr),
      });
      try {
        process.stdout.write(
          announcement({ url: product.url, missing: product.missing, local, tookMs: performance.now() - began }),
        );
        await whenAborted(signal);
        progress('\nStopping: requests in flight may finish ...');
      } finally {
        await product.stop();
      }
    } finally {
      await local.stop();
    }
    progress('Stopped.');
    // Whatever a library left open must not keep a stopped product alive.
    process.exit(0);
  });
