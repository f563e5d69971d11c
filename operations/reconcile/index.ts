import type { ProjectionTarget } from '#stores/postgres/outbox';
import { knownContents, type LoggedContent, listContents, readLog } from '#stores/postgres/outbox/log';
import type { SearchIndex } from '#stores/postgres/outbox/search-index';
import type { Projection, ProjectionTenant } from '../projections/projection.ts';
import { holdDocuments } from './documents.ts';
import { holdGraph } from './graph.ts';
import { type Drift, type Held, type Holding, idOf, revisionOf } from './holding.ts';
import { type Drifted, mend } from './mend.ts';
import { holdSearch } from './search.ts';

/** One store of one tenant, compared with PostgreSQL. */
export interface StoreReport {
  readonly target: ProjectionTarget;
  /** Documents that PostgreSQL has. */
  readonly documents: number;
  /** Of these, those that wait in the outbox or were given up there: the relay's, not ours. */
  readonly waiting: number;
  readonly dead: number;
  readonly found: Readonly<Record<Drift, number>>;
  /** As many of what was found as were put right; 0 in a dry run. */
  readonly mended: number;
}

export interface ReconcileOptions {
  readonly tenant: ProjectionTenant;
  readonly projections: readonly Projection[];
  readonly searchIndex: SearchIndex;
  readonly targets?: readonly ProjectionTarget[];
  /** Compares only. */
  readonly dryRun: boolean;
  /** Documents compared at once. */
  readonly pageSize?: number;
}

/**
 * Compares what each store holds with what PostgreSQL and its outbox say it should, and puts right what differs, by the
 * projection that the relay uses. A store that was emptied is filled again this way. It may run beside the relay and
 * beside requests: what is on its way is left alone, and a store that moved between the look and the touch, too.
 *
 * @throws PolygraphError STORE_UNAVAILABLE where a store does not answer; what was put right stays so
 */
export async function reconcile(options: ReconcileOptions): Promise<StoreReport[]> {
  const { stores, context } = options.tenant;
  const holdings = [
    holdDocuments(stores.mongo),
    holdGraph(stores.neo4j),
    holdSearch(stores.postgres, options.searchIndex.forTenant(context)),
  ].filter(({ target }) => options.targets?.includes(target) ?? true);
  const reports: StoreReport[] = [];
  for (const holding of holdings) reports.push(await reconcileStore(holding, options));
  return reports;
}

/** Whether the store holds what it should, as far as it was not put right. */
export const driftLeft = ({ found, mended }: StoreReport): number =>
  Object.values(found).reduce((sum, n) => sum + n, 0) - mended;

async function reconcileStore(holding: Holding, options: ReconcileOptions): Promise<StoreReport> {
  const { tenant, projections, dryRun, pageSize = 50 } = options;
  const projection = projections.find(({ target }) => target === holding.target);
  if (!projection) throw new TypeError(`There is no projection for ${holding.target}.`);
  const { postgres } = tenant.stores;
  const report = { documents: 0, waiting: 0, dead: 0, found: { ...NONE }, mended: 0 };

  for await (const ids of pagesOf((after) => listContents(postgres, { after, limit: pageSize }), pageSize)) {
    // The store first: a document that moves in between then seems to be behind, and is refused by `forget`. The other
    // way around it would seem to be ahead, and a good revision would be undone.
    const held = await holding.read(ids);
    const logged = await readLog(postgres, ids);
    const open = (state: 'pending' | 'dead') => logged.filter((one) => one.open[holding.target] === state).length;
    const drifted = logged.flatMap((one) => driftOf(one, held.get(idOf(one)), holding.target) ?? []);
    report.documents += ids.length;
    report.waiting += open('pending');
    report.dead += open('dead');
    for (const { drift } of drifted) report.found[drift] += 1;
    if (!dryRun) report.mended += await mend(holding, projection, tenant, drifted);
  }
  for await (const ids of pagesOf((after) => holding.list(after, pageSize), pageSize)) {
    // Rows come before what is projected from them, so none of these is just arriving.
    const known = await knownContents(postgres, ids);
    const orphans = ids.filter((id) => !known.has(id));
    report.found.orphan += orphans.length;
    if (dryRun || !holding.remove || orphans.length === 0) continue;
    await holding.remove(orphans);
    report.mended += orphans.length;
  }
  return { target: holding.target, ...report };
}

async function* pagesOf(
  list: (after: string | undefined) => Promise<readonly string[]>,
  limit: number,
): AsyncGenerator<readonly string[]> {
  let after: string | undefined;
  do {
    const ids = await list(after);
    if (ids.length > 0) yield ids;
    after = ids.length === limit ? ids.at(-1) : undefined;
  } while (after);
}

/** What is on its way, or was given up, is the relay's: undefined. */
function driftOf(logged: LoggedContent, held: Held | undefined, target: ProjectionTarget): Drifted | undefined {
  if (logged.open[target]) return undefined;
  const drift = held ? differenceOf(logged, held) : 'missing';
  return drift && { drift, logged, held };
}

function differenceOf(logged: LoggedContent, held: Held): Drift | undefined {
  if (held.revision < revisionOf(logged)) return 'behind';
  if (held.revision > revisionOf(logged)) return 'ahead';
  return held.matches(logged) ? undefined : 'different';
}

const NONE: Readonly<Record<Drift, number>> = { missing: 0, behind: 0, ahead: 0, different: 0, orphan: 0 };
