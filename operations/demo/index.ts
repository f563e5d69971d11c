import { join } from 'node:path';
import type { LocalIssuer } from '#gateway/identity/local-issuer';
import { waitForArrival } from '#operations/import/arrival';
import type { SourceDocument } from '#operations/import/document';
import { readPackages } from '#operations/import/packages';
import { type Progress, SILENT } from '#operations/import/progress';
import { openDesk } from '#operations/memory/desk';
import type { Relay } from '#operations/relay/index';
import { findPolygraphError } from '#platform/errors';
import type { Logger } from '#platform/log';
import type { Settings } from '#platform/settings';
import { isUnreachable } from '#stores/postgres/errors';
import type { Provision } from '#stores/postgres/provision';
import type { Stores } from '#stores/stores';
import type { TenantContext } from '#tenancy/context';
import { dangerouslyActAsService } from '#tenancy/service';
import { DEMO_TENANTS, type DemoTenant, PLATFORM_TENANT } from './cast.ts';
import { type DemoFile, type DemoState, readDemoState, writeDemoFile, writeDemoState } from './files.ts';
import { arrangeIdeas } from './ideas.ts';
import { recordInsights } from './insights.ts';
import { demoApiKey } from './keys.ts';
import { rememberDocuments } from './memory.ts';
import { offloadDocuments } from './offload.ts';
import { importTenant, isThere, recordTenantEvents } from './seed.ts';
import { signIn } from './tokens.ts';

export type { DemoFile } from './files.ts';

export interface DemoOptions {
  stores: Stores;
  /** Of `openPostgresProvision(...).dangerouslyAsSystem('demo')`. */
  provision: Provision;
  /** Carries the documents to the other stores; started or not. */
  relay: Pick<Relay, 'drain'>;
  issuer: Pick<LocalIssuer, 'issue'>;
  /** Brings a tenant's documents, if any, to where its tier wants them. */
  settleDocuments: (tenant: Pick<DemoTenant, 'id' | 'tier'>) => Promise<unknown>;
  settings: Pick<Settings, 'NODE_ENV' | 'POLYGRAPH_SECRETS' | 'CONTENT_BODY_LIMIT'>;
  /** Of the gateway, for demo.json. */
  url: string;
  /** Where demo.json and demo-state.json are kept, such as `.polygraph`. */
  dir: string;
  log: Logger;
  progress?: Progress;
  /** Documents a tenant. */
  maxDocuments?: number;
  /** Days of events before now. */
  eventDays?: number;
  nodeModulesDir?: string;
  now?: () => Date;
  /** Breaks off between two steps. */
  signal?: AbortSignal;
}

/**
 * Makes the demo tenants, their people, keys, documents and events, as far as
 * they are not there, and writes demo.json with new tokens. Every step can be
 * repeated, so a run that was killed is completed by the next, and one with
 * nothing to do takes well under a second. Events up to now are added when the
 * last ones are over an hour old. demo.json is written first, so that people
 * can sign in while the data are made, or wait for a store that is away.
 * @throws Error in production, and where a store is away (`isAway`): call it again when it is back
 */
export async function ensureDemo(options: DemoOptions): Promise<DemoFile> {
  const file = await announceDemo(options);
  await completeDemo(options);
  return file;
}

/** Writes demo.json, without any store: what it says becomes true as soon as PostgreSQL holds the tenants. */
export async function announceDemo(options: DemoOptions): Promise<DemoFile> {
  const [secret] = secretsOf(options);
  const file = await signIn({ ...options, keyOf: (tenant) => demoApiKey(tenant, secret).key });
  await writeDemoFile(options.dir, file);
  return file;
}

/** @throws where a store is away (`isAway`): call it again when it is back */
export async function completeDemo(options: DemoOptions): Promise<void> {
  const { provision, dir, now = () => new Date() } = options;
  const [secret] = secretsOf(options);
  const known = await readDemoState(dir);
  const kept = known && (await allThere(options, known)) ? known : undefined;
  if (!kept) {
    // Before anybody knows the tenants: nothing of theirs has to be carried.
    for (const tenant of DEMO_TENANTS) await options.settleDocuments(tenant);
    await provisionDemo(provision);
  }
  // Only hashes are stored, and another secret makes other keys: this keeps what demo.json says true.
  for (const tenant of DEMO_TENANTS) await provision.upsertApiKey(demoApiKey(tenant, secret).input);
  await topUpEvents(options, kept ?? (await importDemo(options)), now());
}

function secretsOf({ settings }: DemoOptions): readonly [string, ...string[]] {
  if (settings.NODE_ENV === 'production') throw new Error('Demo data are never made in production.');
  return settings.POLYGRAPH_SECRETS;
}

/** The tenants, people and memberships of the demo, without documents. */
export async function provisionDemo(provision: Provision): Promise<void> {
  for (const { id, slug, name, tier, features, members } of [...DEMO_TENANTS, PLATFORM_TENANT]) {
    await provision.upsertTenant({ id, slug, name, tier, features });
    for (const { userId, email, name: personName, role } of members) {
      await provision.upsertUser({ id: userId, email, name: personName });
      await provision.upsertMembership({ tenantId: id, userId, role });
    }
  }
}

export function demoContext({ id, tier }: DemoTenant, log: Logger): TenantContext {
  return dangerouslyActAsService(id, tier, 'demo', 'makes the demo data', log);
}

const NODE_MODULES = join(import.meta.dirname, '../../node_modules');
/** READMEs shorter than this say too little to be a document. */
const MINIMUM_README = 800;
const HOUR_MS = 3_600_000;

/** Whether a store is to blame. Provisioning has no breaker in front, so its errors are those of the driver. */
export const isAway = (error: unknown): boolean =>
  findPolygraphError(error)?.code === 'STORE_UNAVAILABLE' || isUnreachable(error);

async function allThere({ stores, log }: DemoOptions, state: DemoState): Promise<boolean> {
  const found = await Promise.all(
    DEMO_TENANTS.map(async (tenant) => {
      const known = state.tenants[tenant.slug];
      return known !== undefined && isThere(stores.forTenant(demoContext(tenant, log)), known);
    }),
  );
  return found.every(Boolean);
}

async function importDemo(options: DemoOptions): Promise<DemoState> {
  const { stores, log, dir, relay, settings, progress = SILENT, maxDocuments = 200, eventDays = 30 } = options;
  const { nodeModulesDir = NODE_MODULES, now = () => new Date() } = options;
  const sources: SourceDocument[] = [];
  const reading = { bodyLimit: settings.CONTENT_BODY_LIMIT, minimumReadme: MINIMUM_README };
  for await (const document of readPackages(nodeModulesDir, reading)) {
    // What shares no idea with any other document would stand alone in the graph.
    if (document.topics.length > 0) sources.push(document);
  }

  const tenants: DemoState['tenants'] = {};
  for (const tenant of DEMO_TENANTS) {
    options.signal?.throwIfAborted();
    const context = demoContext(tenant, log);
    const imported = await importTenant({ tenant, context, stores, sources, maxDocuments, progress });
    tenants[tenant.slug] = { ...imported, eventsUntil: daysBefore(now(), eventDays).toISOString() };
  }
  const state: DemoState = { version: 1, tenants };
  await recordAll(options, state, now());
  for (const tenant of DEMO_TENANTS) {
    const slugs = tenants[tenant.slug]?.slugs ?? [];
    const own = openOf(options)(tenant);
    await recordInsights({ tenant, stores: own, sources, slugs, now: now() });
    await rememberDocuments({ tenant, postgres: own.postgres, sources, slugs });
    const desk = await openDesk(stores.postgres, demoContext(tenant, log), settings);
    await offloadDocuments({ tenant, desk, sources, slugs, progress });
  }
  const left = await waitForArrival({
    postgres: DEMO_TENANTS.map((tenant) => openOf(options)(tenant).postgres),
    progress,
    // Rejects when a second was not enough; the next look says whether anything moved.
    drive: async () => {
      options.signal?.throwIfAborted();
      await relay.drain({ timeoutMs: 1_000 }).catch(() => {});
    },
  });
  if (left > 0) log.warn({ left }, 'the demo data have not reached every store; the relay goes on when it answers');
  else await arrangeAll(options, sources, tenants);
  await writeDemoState(dir, state);
  return state;
}

async function arrangeAll(
  options: DemoOptions,
  sources: readonly SourceDocument[],
  tenants: DemoState['tenants'],
): Promise<void> {
  for (const tenant of DEMO_TENANTS) {
    const { neo4j } = openOf(options)(tenant);
    await arrangeIdeas({ tenant, neo4j, sources, slugs: tenants[tenant.slug]?.slugs ?? [] });
  }
}

/** After weeks without a start, the last `eventDays` are filled and the gap before stays. */
async function topUpEvents(options: DemoOptions, state: DemoState, now: Date): Promise<void> {
  const untils = Object.values(state.tenants).map(({ eventsUntil }) => Date.parse(eventsUntil));
  if (now.getTime() - Math.min(...untils) < HOUR_MS) return;
  await recordAll(options, state, now);
  await writeDemoState(options.dir, state);
}

/** Records what is missing up to now and moves `eventsUntil` there. */
async function recordAll(options: DemoOptions, state: DemoState, now: Date): Promise<void> {
  const { progress = SILENT, eventDays = 30 } = options;
  for (const tenant of DEMO_TENANTS) {
    options.signal?.throwIfAborted();
    const known = state.tenants[tenant.slug];
    if (!known) continue;
    const from = new Date(Math.max(Date.parse(known.eventsUntil), daysBefore(now, eventDays).getTime()));
    const mongo = openOf(options)(tenant).mongo;
    await recordTenantEvents({ tenant, mongo, known, from, to: now, progress });
    state.tenants[tenant.slug] = { ...known, eventsUntil: now.toISOString() };
  }
}

const openOf =
  ({ stores, log }: DemoOptions) =>
  (tenant: DemoTenant) =>
    stores.forTenant(demoContext(tenant, log));

const daysBefore = (date: Date, days: number): Date => new Date(date.getTime() - days * 24 * HOUR_MS);
