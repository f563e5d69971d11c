import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findMarkdown, importFolder } from '#operations/cli/import';
import { findTenant, readInstallation } from '#operations/cli/installation';
import { forTenant, type ImportDocument, importDocuments } from '#operations/import/import';
import { readMarkdownFolder } from '#operations/import/markdown';
import { SILENT } from '#operations/import/progress';
import { createLogger } from '#platform/log';
import { readSettings, type Settings } from '#platform/settings';
import { openPostgres, type Postgres } from '#stores/postgres/index';
import { openPostgresProvision, type TenantSummary } from '#stores/postgres/provision';
import { dangerouslyActAsService } from '#tenancy/service';
import { TEST_SECRETS } from '../kit/secrets.ts';

const log = createLogger({ level: 'silent' });
let folder: string;
let settings: Settings;
let postgres: Postgres;
let tenant: TenantSummary;

beforeAll(async () => {
  settings = readSettings({ ...process.env, NODE_ENV: 'test', POLYGRAPH_SECRETS: TEST_SECRETS.join(',') });
  const options = { url: settings.DATABASE_URL, secrets: settings.POLYGRAPH_SECRETS, log };
  postgres = openPostgres(options);
  const provision = openPostgresProvision(options);
  const slug = `import-${randomUUID().slice(0, 8)}`;
  await provision.dangerouslyAsSystem('test').upsertTenant({ id: randomUUID(), slug, name: slug, tier: 'STANDARD' });
  await provision.close();
  tenant = await findTenant(slug, settings, log);
  folder = await mkdtemp(join(tmpdir(), 'polygraph-import-'));
  await mkdir(join(folder, 'guides'));
  for (let number = 0; number < 7; number += 1) {
    await writeFile(join(folder, 'guides', `${number}.md`), `---\ntags: [guide]\n---\n# Guide ${number}\n\nText.\n`);
  }
});
afterAll(async () => {
  await postgres.close();
  await rm(folder, { recursive: true });
});

const context = () => dangerouslyActAsService(tenant.id, tenant.tier, 'test', 'import test', log);
const importAll = () => importFolder({ folder, total: 7, tenant, settings, log, progress: SILENT, patienceMs: 0 });
const countAll = () => postgres.forTenant(context()).prisma.content.count();

async function* guides(failAfter = Number.POSITIVE_INFINITY): AsyncGenerator<ImportDocument> {
  let given = 0;
  for await (const document of readMarkdownFolder(folder)) {
    if (given === failAfter) throw new Error('killed');
    given += 1;
    yield forTenant(tenant.id, document);
  }
}

test('an import that broke off is completed by the next, and a third changes nothing', async () => {
  const broken = importDocuments({
    ...{ tenant: context(), stores: { postgres }, total: 7, batchSize: 2 },
    documents: guides(5),
  });
  await expect(broken).rejects.toThrow('killed');
  expect(await countAll()).toBe(4);
  expect(await importAll()).toEqual({ created: 3, updated: 0, unchanged: 4 });
  expect(await importAll()).toEqual({ created: 0, updated: 0, unchanged: 7 });
  expect(await countAll()).toBe(7);
});

test('a file that changed becomes a new revision of the same document', async () => {
  await importAll();
  await writeFile(join(folder, 'guides', '3.md'), '# Guide three\n\nNew text.\n');
  expect(await importAll()).toEqual({ created: 0, updated: 1, unchanged: 6 });
  const found = await postgres
    .forTenant(context())
    .prisma.content.findFirst({ where: { slug: 'guides-3' }, select: { title: true, revision: true } });
  expect(found).toEqual({ title: 'Guide three', revision: 2 });
});

test('what cannot be imported is said plainly', async () => {
  await expect(findMarkdown(join(folder, 'nowhere'))).rejects.toThrow('There is no folder');
  await expect(findMarkdown(join(folder, 'guides', '1.md'))).rejects.toThrow('is a file');
  await mkdir(join(folder, 'empty'), { recursive: true });
  await expect(findMarkdown(join(folder, 'empty'))).rejects.toThrow('There is no Markdown');
  await expect(findTenant('nobody', settings, log)).rejects.toThrow('There is no tenant "nobody". Tenants: ');
  await expect(readInstallation({}, join(folder, 'empty'))).rejects.toThrow('npm start');
});
