import { Command } from 'commander';
import { createLogger } from '#platform/log';
import { readSettings } from '#platform/settings';
import { ensureGenerated } from './generated.ts';
import { environmentOf } from './installation.ts';
import { stopSignal, whenAborted } from './stop-signal.ts';

export const command = new Command('relay')
  .description('migrate the stores and carry the outbox, beside a gateway and subgraphs that run alone')
  .action(async () => {
    const signal = stopSignal();
    await ensureGenerated();
    const { startRelayAlone } = await import('#operations/product/relay-alone');
    const settings = readSettings(await environmentOf(process.env));
    const relay = await startRelayAlone(settings, createLogger({ level: process.env.LOG_LEVEL || 'warn' }));
    const waiting = relay.pending.length > 0 ? `; ${relay.pending.join(' and ')} will be migrated on arrival` : '';
    process.stdout.write(`The relay carries the outbox${waiting}.\n`);
    await whenAborted(signal);
    await relay.stop();
    process.exit(0);
  });
