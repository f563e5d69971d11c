import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { ROOT } from './root.ts';

export const command = new Command('env')
  .description('print a .env for docker-compose.yml with fresh secrets:  polygraph env > .env')
  .action(async () => {
    const example = await readFile(path.join(ROOT, '.env.example'), 'utf8');
    process.stdout.write(fillSecrets(example));
  });

/** Puts a random value behind every name that has none; hexadecimal, because all of URLs, key files and shells take it. */
export function fillSecrets(example: string): string {
  return example.replace(/^([A-Z0-9_]+)=$/gm, (_, name: string) => `${name}=${randomBytes(32).toString('hex')}`);
}
