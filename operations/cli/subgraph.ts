import { Argument, Command } from 'commander';
import { createLogger } from '#platform/log';
import { SUBGRAPHS, type SubgraphName } from '#schema/subgraphs';
import { ensureGenerated } from './generated.ts';
import { environmentOf } from './installation.ts';
import { parsePort } from './port.ts';
import { assertPortFree } from './start/port.ts';
import { stopSignal, whenAborted } from './stop-signal.ts';

export const command = new Command('subgraph')
  .description('run one subgraph alone, for a gateway of another process')
  .addArgument(new Argument('<name>').choices(SUBGRAPHS))
  .option('--port <port>', 'where it listens', parsePort, 4101)
  .option('--host <address>', 'the address it listens on', '127.0.0.1')
  .action(async (name: SubgraphName, { port, host }: { port: number; host: string }) => {
    const signal = stopSignal();
    await assertPortFree({ HOST: host, PORT: port }, (other) => `npm run subgraph -- ${name} --port ${other}`);
    await ensureGenerated();
    const [{ startSubgraphAlone }, { readSubgraphSettings }] = await Promise.all([
      import('#operations/product/subgraph-alone'),
      import('#operations/product/subgraph-settings'),
    ]);
    const environment = process.env.POLYGRAPH_ASSERTION_KEYS ? process.env : await environmentOf(process.env);
    const log = createLogger({ level: process.env.LOG_LEVEL || 'warn' });
    const subgraph = await startSubgraphAlone({ name, ...readSubgraphSettings(name, environment), port, host, log });
    process.stdout.write(`The ${name} subgraph takes signed requests at ${subgraph.url}\n`);
    await whenAborted(signal);
    await subgraph.stop();
    process.exit(0);
  });
