import { readArchive } from '#stores/postgres/audit/archive';
import { type NamedChain, withChain } from '#stores/postgres/audit/chain';
import { type AuditAccess, listAuditedTenants } from '#stores/postgres/audit/places';
import { type BadRow, type ChainReport, verifyChain } from '#stores/postgres/audit/verify';
import { sha256 } from '#stores/postgres/months';
import type { Placement } from '#stores/postgres/placement';
import type { AnchorFile, ChainAnchor } from './anchor-file.ts';

export interface TenantAuditReport extends ChainReport {
  readonly tenant: string;
  readonly place: Placement['kind'];
  /** Tables whose changes are not audited any more. */
  readonly silent: readonly string[];
  /** Archived months whose file is not there to be looked at. */
  readonly unread: readonly string[];
}

export interface VerifyOptions extends AuditAccess {
  readonly anchors: AnchorFile;
  /** Of archived months. */
  readonly archiveDir: string;
  /** Of one tenant; all where absent. */
  readonly slug?: string | undefined;
}

/**
 * Follows every chain, each as it is at one moment.
 * @returns one report a chain, and one for each that was anchored and is not there any more
 */
export async function verifyAudit({
  anchors,
  archiveDir,
  slug,
  ...access
}: VerifyOptions): Promise<TenantAuditReport[]> {
  const known = await anchors.read();
  const tenants = (await listAuditedTenants(access)).filter((tenant) => slug === undefined || tenant.slug === slug);
  const reports: TenantAuditReport[] = [];
  for (const tenant of tenants) {
    const missing = new Map(known.filter(({ tenantId }) => tenantId === tenant.id).map((one) => [one.chain, one]));
    for (const place of tenant.places) {
      const report = await withChain(access, place, async (chain) => {
        const own = known.filter(({ chain: name }) => name === chain.name);
        missing.delete(chain.name ?? '');
        const { bad: badFile, unread } = await checkFiles(archiveDir, place, chain);
        const checked = await verifyChain(chain, own);
        return { ...checked, bad: checked.bad ?? badFile, silent: chain.silent, unread };
      });
      reports.push({ tenant: tenant.slug, place: place.kind, ...report });
    }
    for (const lost of missing.values()) reports.push(reportLost(tenant.slug, lost));
  }
  return reports;
}

async function checkFiles(dir: string, place: Placement, { archives }: NamedChain) {
  const unread: string[] = [];
  let bad: BadRow | undefined;
  for (const { month, fileSha256, firstSeq } of archives) {
    const text = await readArchive(dir, place, month);
    if (text === undefined) unread.push(month);
    else if (sha256(text) !== fileSha256)
      bad ??= { seq: firstSeq, why: `begins an archive, ${month}, whose file was changed` };
  }
  return { bad, unread };
}

/** The whole chain went, head and all: only what lies outside the database still knows of it. */
function reportLost(tenant: string, { seq, at }: ChainAnchor): TenantAuditReport {
  const bad = { seq: 1n, why: `is missing, and so is the rest of a chain whose row ${seq} was anchored at ${at}` };
  return { tenant, place: 'shared', rows: 0, archived: 0, anchors: 1, bad, silent: [], unread: [] };
}
