import { stat } from 'node:fs/promises';
import { Command } from 'commander';
import { waitForArrival } from '#operations/import/arrival';
import { forTenant, type ImportCounts, type ImportDocument, importDocuments } from '#operations/import/import';
import { listMarkdown, readMarkdownFolder } from '#operations/import/markdown';
import { createProgress, type Progress } from '#operations/import/progress';
import type { Logger } from '#platform/log';
import type { Settings } from '#platform/settings';
import { openPostgres } from '#stores/postgres/index';
import type { TenantSummary } from '#stores/postgres/provision';
import { dangerouslyActAsService } from '#tenancy/service';
import { CommandError } from './explain.ts';
import { findTenant, quietLogger, readInstallation } from './installation.ts';

export const command = new Command('import')
  .description('import the Markdown under a folder; run again, it takes only what changed')
  .argument('<folder>', 'holds .md, .markdown or .mdx files, at any depth')
  .requiredOption('--tenant <slug>', 'whose documents they become')
  .action(async (folder: string, { tenant: slug }: { tenant: string }) => {
    const files = await findMarkdown(folder);
    const settings = await readInstallation(process.env);
    const log = quietLogger();
    const tenant = await findTenant(slug, settings, log);
    await importFolder({ folder, total: files.length, tenant, settings, log, progress: createProgress() });
  });

export interface ImportFolderOptions {
  folder: string;
  total: number;
  tenant: TenantSummary;
  settings: Settings;
  log: Logger;
  progress: Progress;
  /** How long to wait for a relay that does not move. */
  patienceMs?: number;
}

/** Writes to PostgreSQL; the relay of the running product carries the rest, which is watched for a while. */
export async function importFolder(options: ImportFolderOptions): Promise<ImportCounts> {
  const { folder, total, tenant, settings, log, progress, patienceMs = 10_000 } = options;
  const { DATABASE_URL: url, POLYGRAPH_SECRETS: secrets, CONTENT_BODY_LIMIT: bodyLimit } = settings;
  const context = dangerouslyActAsService(tenant.id, tenant.tier, 'import', `imports ${folder}`, log);
  const postgres = openPostgres({ url, secrets, log, poolSize: 2, timeoutMs: 10_000 });
  try {
    const documents = documentsOf(tenant.id, folder, bodyLimit);
    const counts = await importDocuments({ tenant: context, stores: { postgres }, documents, total, progress });
    await waitForArrival({ postgres: [postgres.forTenant(context)], progress, patienceMs });
    return counts;
  } finally {
    await postgres.close();
  }
}

async function* documentsOf(tenantId: string, folder: string, bodyLimit: number): AsyncGenerator<ImportDocument> {
  for await (const document of readMarkdownFolder(folder, { bodyLimit })) yield forTenant(tenantId, document);
}

/** @throws CommandError where there is nothing to import */
export async function findMarkdown(folder: string): Promise<string[]> {
  const found = await stat(folder).catch(() => undefined);
  if (!found) throw new CommandError(`There is no folder ${folder}.`);
  if (!found.isDirectory()) throw new CommandError(`${folder} is a file; name the folder it is in.`);
  const files = await listMarkdown(folder);
  if (files.length === 0) throw new CommandError(`There is no Markdown (.md, .markdown, .mdx) under ${folder}.`);
  return files;
}
