import { Command } from 'commander';
import { adoptRows } from '#operations/import/adopt';
import { createProgress } from '#operations/import/progress';
import type { Logger } from '#platform/log';
import type { Settings } from '#platform/settings';
import { openPostgres } from '#stores/postgres/index';
import type { TenantContext } from '#tenancy/context';
import { dangerouslyActAsService } from '#tenancy/service';
import { listTenants } from '../tenants.ts';
import { CommandError } from './explain.ts';
import { quietLogger, readInstallation } from './installation.ts';

interface Given {
  readonly from: string;
  readonly key: string;
  readonly title: string;
  readonly body?: string;
  readonly summary?: string;
  readonly publishedAt?: string;
  readonly tenant?: string;
  readonly tenantBy?: string;
}

export const command = new Command('adopt')
  .description(
    'give the rows of a table that knows no tenants to tenants, as documents; run again, it takes what changed',
  )
  .argument('<table>', 'of that database, with its schema where needed; it is read and not changed')
  .requiredOption('--from <url>', 'of the PostgreSQL database that holds it')
  .option('--key <column>', 'unique, and in an order', 'id')
  .option('--title <column>', 'becomes the title', 'title')
  .option('--body <column>', 'becomes the body')
  .option('--summary <column>', 'becomes the summary')
  .option(
    '--published-at <column>',
    'when it was published; without one, and where it is empty, the document is a draft',
  )
  .option('--tenant <slug>', 'who gets all rows')
  .option('--tenant-by <column>', 'holds the slug of who gets the row')
  .action(async (table: string, given: Given) => {
    if ((given.tenant === undefined) === (given.tenantBy === undefined)) {
      throw new CommandError('Say who gets the rows, either with --tenant or with --tenant-by.');
    }
    const settings = await readInstallation(process.env);
    const { DATABASE_URL: url, POLYGRAPH_SECRETS: secrets, CONTENT_BODY_LIMIT } = settings;
    const log = quietLogger();
    const tenants = await tenantsBySlug(settings, log);
    if (given.tenant !== undefined && !tenants.has(given.tenant)) throw new CommandError('There is no such tenant.');
    const postgres = openPostgres({ url, secrets, log, poolSize: 2, timeoutMs: 10_000 });
    try {
      const { title, body, summary, publishedAt, tenantBy: owner } = given;
      const { left } = await adoptRows({
        from: { url: given.from, table, key: given.key, columns: { title, body, summary, publishedAt, owner } },
        tenantOf: (said) => tenants.get(given.tenant ?? said ?? ''),
        ...{ stores: { postgres }, bodyLimit: CONTENT_BODY_LIMIT, progress: createProgress() },
      });
      for (const [slug, rows] of left)
        process.stdout.write(`${rows} rows are left: there is no tenant ${slug || 'named'}.\n`);
    } finally {
      await postgres.close();
    }
  });

async function tenantsBySlug(settings: Settings, log: Logger): Promise<Map<string, TenantContext>> {
  const tenants = await listTenants(settings, log, 'rows are given to tenants');
  return new Map(
    tenants.map(({ id, slug, tier }) => [slug, dangerouslyActAsService(id, tier, 'import', 'adopts rows', log)]),
  );
}
