import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { readSettings } from '#platform/settings';
import { SUBGRAPHS } from '#schema/subgraphs';
import { urlOfRole } from '#stores/postgres/roles';
import { CommandError } from './explain.ts';
import { environmentOf } from './installation.ts';
import { ROOT } from './root.ts';

export const command = new Command('env')
  .description('print a .env for docker-compose.yml with fresh secrets:  polygraph env > .env')
  .option('--subgraph <name>', 'instead what that subgraph of this installation needs to run alone')
  .action(async ({ subgraph }: { subgraph?: string }) => {
    if (subgraph !== undefined) return printEnvironmentOf(subgraph);
    const example = await readFile(path.join(ROOT, '.env.example'), 'utf8');
    process.stdout.write(fillSecrets(example));
  });

/** No way to the master secret: keys of this subgraph's assertions, and its own stores. */
async function printEnvironmentOf(subgraph: string): Promise<void> {
  const name = SUBGRAPHS.find((one) => one === subgraph);
  if (!name) throw new CommandError(`There is no subgraph ${subgraph}: ${SUBGRAPHS.join(', ')}.`);
  // As it was configured: a process that stays asks for itself which server is the primary.
  const settings = readSettings(await environmentOf(process.env));
  const appUrl = urlOfRole(settings.DATABASE_URL, 'app', settings.POLYGRAPH_SECRETS);
  const { leastEnvironment } = await import('#operations/product/subgraph-settings');
  const lines = Object.entries(leastEnvironment(name, settings, appUrl)).map(([key, value]) => `${key}='${value}'`);
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Puts a random value behind every name that has none; hexadecimal, because all of URLs, key files and shells take it. */
export function fillSecrets(example: string): string {
  return example.replace(/^([A-Z0-9_]+)=$/gm, (_, name: string) => `${name}=${randomBytes(32).toString('hex')}`);
}
