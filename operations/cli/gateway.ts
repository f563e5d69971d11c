import { Command, InvalidArgumentError } from 'commander';
import { createLogger } from '#platform/log';
import { readSettings } from '#platform/settings';
import { SUBGRAPHS, type SubgraphName } from '#schema/subgraphs';
import { CommandError } from './explain.ts';
import { ensureGenerated } from './generated.ts';
import { environmentOf } from './installation.ts';
import { LOCAL_DIR } from './root.ts';
import { assertPortFree } from './start/port.ts';
import { stopSignal, whenAborted } from './stop-signal.ts';

type Places = Partial<Record<SubgraphName, URL>>;

export const command = new Command('gateway')
  .description('run the gateway alone, in front of subgraphs that run elsewhere')
  .requiredOption('--subgraph <name=url...>', `where each of ${SUBGRAPHS.join(', ')} takes requests`, addPlace)
  .action(async ({ subgraph: subgraphs }: { subgraph: Places }) => {
    const missing = SUBGRAPHS.filter((name) => !subgraphs[name]);
    if (missing.length > 0) throw new CommandError(`Say where ${missing.join(' and ')} run: --subgraph NAME=URL.`);
    const signal = stopSignal();
    await ensureGenerated();
    const { startGatewayAlone } = await import('#operations/product/gateway-alone');
    const settings = readSettings({ ...NOT_ASKED, ...(await environmentOf(process.env)) });
    await assertPortFree(settings, (port) => `PORT=${port} npm run gateway -- ...`);
    const log = createLogger({ level: process.env.LOG_LEVEL || 'warn' });
    const demo = settings.NODE_ENV !== 'production' && !settings.JWT_JWKS_URL;
    const gateway = await startGatewayAlone({ settings, subgraphs, local: { demo, dir: LOCAL_DIR }, log });
    process.stdout.write(`The gateway answers at ${gateway.url}/graphql\n`);
    await whenAborted(signal);
    await gateway.stop();
    process.exit(0);
  });

function addPlace(text: string, before: Places = {}): Places {
  const [, name, url] = /^(\w+)=(.+)$/.exec(text) ?? [];
  const known = SUBGRAPHS.find((one) => one === name);
  if (!known) throw new InvalidArgumentError(`It is NAME=URL, with NAME one of ${SUBGRAPHS.join(', ')}.`);
  if (!url || !URL.canParse(url)) throw new InvalidArgumentError(`${url} is not a URL.`);
  return { ...before, [known]: new URL(url) };
}

/** Stores that the gateway does not talk to, and so need not be told of. */
const NOT_ASKED = {
  MONGODB_URL: 'mongodb://127.0.0.1:1/none',
  NEO4J_URL: 'bolt://127.0.0.1:1',
  NEO4J_PASSWORD: 'nobody-home',
};
