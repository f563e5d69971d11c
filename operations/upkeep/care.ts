import { DAY_MS } from '#platform/durations';
import { archiveEvents, dropArchives } from '#stores/mongo/archive';
import { removeOfDeleted, removeUnfinished } from '#stores/mongo/attachments';
import { utcDay } from '#stores/mongo/days';
import { pruneVersions } from '#stores/mongo/versions';
import type { TenantStores } from '#stores/stores';
import { tellAlerts } from './alerts.ts';

/** Of one tenant, in days and versions, as its policy has it. */
export interface CarePolicy {
  readonly analyticsDays: number;
  readonly archiveDays: number;
  readonly versions: number;
  readonly versionsDays: number;
  readonly deletedFilesDays: number;
  /** Milliseconds that an upload may take: what is older and not complete never will be. */
  readonly uploadMs: number;
}

export interface CareReport {
  readonly archivedEvents: number;
  readonly droppedArchives: number;
  readonly prunedVersions: number;
  readonly removedFiles: number;
  /** Of budgets, that the audit was told of. */
  readonly toldAlerts: number;
  /** A step stopped at its bound. */
  readonly more: boolean;
}

/**
 * What retention asks for in one tenant: old events into the archive, old archives and old versions of drafts away, and
 * files that nobody can reach; and alerts of budgets into the audit. Each step is bounded, and each part of it a
 * transaction: killed anywhere, the next run goes on.
 */
export async function careForTenant(
  { mongo, postgres }: Pick<TenantStores, 'mongo' | 'postgres'>,
  policy: CarePolicy,
  now: Date,
): Promise<CareReport> {
  const daysAgo = (days: number): Date => new Date(now.getTime() - days * DAY_MS);
  const archivedEvents = await archiveSome(mongo, utcDay(daysAgo(policy.analyticsDays)));
  const droppedArchives = await dropArchives(mongo, utcDay(daysAgo(policy.archiveDays)));
  const unfinished = await removeUnfinished(
    mongo,
    new Date(now.getTime() - policy.uploadMs - CLOCKS_APART_MS),
    MOST_FILES,
  );
  const ofDeleted = await removeOfDeleted(mongo, daysAgo(policy.deletedFilesDays), MOST_FILES);
  const before = daysAgo(policy.versionsDays);
  const pruned = await pruneVersions(mongo, { keepLast: policy.versions, before, limit: MOST_VERSIONS });
  for (const { contentId, bytes } of pruned) await giveBack(postgres, contentId, bytes);
  const prunedVersions = pruned.reduce((sum, { numbers }) => sum + numbers.length, 0);
  const removedFiles = unfinished + ofDeleted;
  const toldAlerts = await tellAlerts({ mongo, postgres }, now);
  const more = archivedEvents >= MOST_EVENTS || prunedVersions >= MOST_VERSIONS || removedFiles >= MOST_FILES;
  return { archivedEvents, droppedArchives, prunedVersions, removedFiles, toldAlerts, more };
}

async function archiveSome(mongo: TenantStores['mongo'], before: string): Promise<number> {
  let archived = 0;
  while (archived < MOST_EVENTS) {
    const moved = await archiveEvents(mongo, before, BATCH);
    archived += moved;
    if (moved < BATCH) break;
  }
  return archived;
}

/** Where the process is killed before, the tenant's storage is counted as too much by these bytes, never as too little. */
async function giveBack(postgres: TenantStores['postgres'], contentId: string, bytes: number): Promise<void> {
  await postgres.transaction(
    (tx) => tx.$queryRaw`
      update content_storage set bytes = greatest(0, bytes - ${bytes}::bigint) where content_id = ${contentId}::uuid`,
    { action: 'content.prune_versions' },
  );
}

/** Of the gateway that takes an upload and of the process that cares. */
const CLOCKS_APART_MS = 60_000;
const BATCH = 500;
const MOST_EVENTS = 20_000;
const MOST_VERSIONS = 500;
const MOST_FILES = 100;
