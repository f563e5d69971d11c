import { readFile, writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { CommandError } from './explain.ts';

interface Options {
  readonly check?: boolean;
  readonly output?: string;
  readonly scopes?: string;
}

export const command = new Command('compose')
  .description('compose subgraphs into a supergraph under the rules of tenancy')
  .argument('[files...]', 'SDL of subgraphs of your own, each named like its file; without any, those of this product')
  .option('--check', 'write nothing; fail where a rule is broken, or the committed supergraph differs')
  .option('--output <file>', 'where the supergraph of your files goes')
  .option('--scopes <names>', 'the scopes your product has, separated by commas, instead of those of this one')
  .action((files: string[], options: Options) =>
    files.length > 0 ? composeFiles(files, options) : composeOwn(options),
  );

async function composeOwn({ check = false }: Options): Promise<void> {
  const { isSupergraphCurrent, writeSupergraph } = await import('#schema/compose');
  if (!check) {
    writeSupergraph();
    process.stdout.write('Wrote schema/supergraph.graphql.\n');
  } else if (!isSupergraphCurrent()) {
    throw new CommandError('schema/supergraph.graphql is not what the subgraphs compose to. Run: npm run compose');
  }
}

async function composeFiles(files: readonly string[], { check = false, output, scopes }: Options): Promise<void> {
  const { composeTenantGraph, CompositionError, parseSubgraphFile } = await import('#schema/compose');
  if (!check && output === undefined) throw new CommandError('Say where to write with --output FILE, or --check.');
  try {
    const subgraphs = await Promise.all(files.map(async (file) => parseSubgraphFile(file, await read(file))));
    const known = scopes?.split(',').map((scope) => scope.trim());
    const supergraph = composeTenantGraph(subgraphs, known ? { scopes: known } : {});
    if (!check && output !== undefined) await writeFile(output, supergraph);
  } catch (error) {
    throw error instanceof CompositionError ? new CommandError(error.message) : error;
  }
  process.stdout.write(`${files.length} subgraphs compose, and every type says whose data it holds.\n`);
}

async function read(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => {
    throw new CommandError(`${file} cannot be read.`);
  });
}
