import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AnchorFile, openAnchorFile } from '#operations/audit/anchor-file';
import { type TenantAuditReport, verifyAudit } from '#operations/audit/verify';
import { listHeads } from '#stores/postgres/audit/places';
import { placementOf, schemaOf, urlIn } from '#stores/postgres/placement';
import { asRole, type PostgresTenant, type PostgresWorld } from './postgres.ts';
import { TEST_SECRETS } from './secrets.ts';

/** The audit of a world, with its anchors and archives in a folder of the test's own. */
export interface AuditWorld {
  readonly dir: string;
  readonly anchors: AnchorFile;
  /** Writes the heads of all chains to the anchor file. */
  anchor(): Promise<number>;
  /** The chain of a tenant's documents: that of its own place where it has one. */
  verify(tenant: PostgresTenant): Promise<TenantAuditReport>;
  /** As `tamperWith`. */
  tamper(tenant: PostgresTenant, statement: string): Promise<void>;
  close(): Promise<void>;
}

export async function openAuditWorld(world: PostgresWorld): Promise<AuditWorld> {
  const dir = await mkdtemp(join(tmpdir(), 'polygraph-audit-'));
  const access = { url: world.url, secrets: TEST_SECRETS };
  const anchors = openAnchorFile(join(dir, 'anchors.jsonl'), TEST_SECRETS);
  return {
    dir,
    anchors,
    anchor: async () => anchors.append(await listHeads(access)),
    async verify({ slug, context }) {
      const reports = await verifyAudit({ ...access, anchors, archiveDir: join(dir, 'archive'), slug });
      const report = reports.find(({ place }) => place === placementOf(context).kind);
      const lost = reports.find(({ bad, rows }) => bad && rows === 0);
      if (!report) throw new Error(`The chain of ${slug} was not verified.`);
      return lost ?? report;
    },
    tamper: (tenant, statement) => tamperWith(world, tenant, statement),
    close: () => rm(dir, { recursive: true, force: true }),
  };
}

/** As a superuser inside the place of the tenant, past triggers and policies. `$tenant` stands for its id. */
export async function tamperWith(
  { url }: PostgresWorld,
  { context }: PostgresTenant,
  statement: string,
): Promise<void> {
  const place = placementOf(context);
  await asRole(urlIn(url, place), async (client) => {
    await client.query(`SET session_replication_role = 'replica'; SET search_path = ${schemaOf(place)}, public`);
    await client.query(statement.replaceAll('$tenant', `'${context.tenantId}'`));
  });
}

/** Publishes, renames and so on: enough rows for a chain that one can tamper with. */
export async function writeHistory({ handle, context }: PostgresTenant, changes = 6): Promise<string> {
  const id = crypto.randomUUID();
  const { tenantId } = context;
  await handle.transaction((tx) => tx.content.create({ data: { tenantId, id, slug: id, title: 'Title 0' } }), {
    action: 'content.create',
  });
  for (let n = 1; n < changes; n += 1) {
    const change = { where: { tenantId_id: { tenantId, id } }, data: { title: `Title ${n}` } };
    await handle.transaction((tx) => tx.content.update(change), { action: 'content.update', metadata: { n } });
  }
  return id;
}
