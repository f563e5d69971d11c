import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { importRatings, parseRatings } from '#operations/import/keyword-ratings';
import { openNeo4j } from '#stores/neo4j/index';
import { dangerouslyActAsService } from '#tenancy/service';
import { CommandError } from './explain.ts';
import { findTenant, quietLogger, readInstallation } from './installation.ts';

export const command = new Command('keywords')
  .description('import what is known of keywords from a table of comma-separated values')
  .argument('<file>', 'its first line names `keyword`, and `volume` or `difficulty` or both')
  .requiredOption('--tenant <slug>', 'whose keywords they are')
  .action(async (file: string, { tenant: slug }: { tenant: string }) => {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) throw new CommandError(`There is no file ${file}.`);
    const ratings = read(text);
    const settings = await readInstallation(process.env);
    const log = quietLogger();
    const { id, tier } = await findTenant(slug, settings, log);
    const context = dangerouslyActAsService(id, tier, 'import', `imports ratings of keywords from ${file}`, log);
    const { NEO4J_URL: url, NEO4J_USER: user, NEO4J_PASSWORD: password } = settings;
    const neo4j = openNeo4j({ url, user, password, timeoutMs: 30_000, log });
    try {
      const count = await importRatings(neo4j.forTenant(context), ratings);
      process.stdout.write(`${count} keywords were rated.\n`);
    } finally {
      await neo4j.close();
    }
  });

function read(text: string) {
  try {
    return parseRatings(text);
  } catch (error) {
    throw error instanceof SyntaxError ? new CommandError(error.message) : error;
  }
}
