import { Command } from 'commander';
import { CommandError } from './explain.ts';

export const command = new Command('compose')
  .description('compose the subgraphs into schema/supergraph.graphql under the rules of tenancy')
  .option('--check', 'write nothing; fail where the committed supergraph differs')
  .action(async ({ check = false }: { check?: boolean }) => {
    const { isSupergraphCurrent, writeSupergraph } = await import('#schema/compose');
    if (!check) {
      writeSupergraph();
      process.stdout.write('Wrote schema/supergraph.graphql.\n');
    } else if (!isSupergraphCurrent()) {
      throw new CommandError('schema/supergraph.graphql is not what the subgraphs compose to. Run: npm run compose');
    }
  });
