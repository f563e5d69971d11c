import { Command } from 'commander';
import { CommandError } from './explain.ts';

export const command = new Command('documents')
  .description('write the manifest of trusted documents from the saved operations')
  .option('--check', 'write nothing; fail where it is not what the saved operations say')
  .action(async ({ check = false }: { check?: boolean }) => {
    const { areTrustedDocumentsCurrent, writeTrustedDocuments } = await import('#schema/trusted-documents');
    if (check && !areTrustedDocumentsCurrent()) {
      throw new CommandError('schema/trusted-documents.json is not current. Run: node bin/polygraph.mjs documents');
    }
    const written = !check && writeTrustedDocuments();
    process.stdout.write(written ? 'Wrote schema/trusted-documents.json.\n' : 'The manifest is current.\n');
  });
