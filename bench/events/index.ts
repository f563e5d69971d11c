import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createLocalIssuer } from '#gateway/identity/local-issuer';
import { startProduct } from '#operations/product/index';
import { projectDocument } from '#operations/projections/documents';
import { createLogger } from '#platform/log';
import { readSettings } from '#platform/settings';
import { startLocalStores } from '#stores/local/index';
import { utcDay } from '#stores/mongo/days';
import { type NewEvent, recordEvents } from '#stores/mongo/events';
import type { TenantMongo } from '#stores/mongo/index';
import { rebuildRollUps } from '#stores/mongo/rollups';
import { openPostgresProvision } from '#stores/postgres/provision';
import { dangerouslyActAsService } from '#tenancy/service';
import { ownCpuMs } from '../own-cpu.ts';
import { cpuOfTree } from '../walls/server-cpu.ts';

export interface EventsBench {
  readonly ingestions: readonly Ingestion[];
  readonly steps: readonly EventsStep[];
}

/** Through POST /events, from one sender. */
export interface Ingestion {
  /** When the events happened: those of one hour are counted in few rows, those of long ago in nearly one each. */
  readonly of: 'now' | '80 days';
  readonly perSecond: number;
  /** User and system time an event, in milliseconds: of this process, sender and product, and of MongoDB. */
  readonly ownMs: number;
  readonly mongoMs: number;
}

export interface EventsStep {
  /** That the tenant has. */
  readonly events: number;
  /** Median milliseconds to record and roll up a batch of 250. */
  readonly batchMs: number;
  /** Milliseconds to rebuild a day of 500 events. */
  readonly rebuildMs: number;
}

export interface EventsBenchOptions {
  /** Of the first step; the second has ten times as many. */
  readonly events?: number;
  readonly progress: (line: string) => void;
}

/** On stores of its own, with one tenant and 50 documents; the events lie over 80 days. */
export async function benchEvents({ events = 3_000, progress }: EventsBenchOptions): Promise<EventsBench> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'polygraph-bench-events-'));
  const log = createLogger({ level: 'error' });
  const local = await startLocalStores({ dir, log, durable: false });
  try {
    const environment = { ...local.environment, POLYGRAPH_SECRETS: 'bench'.repeat(10), NODE_ENV: 'test', ...LIMITS };
    const settings = { ...readSettings(environment), PORT: 0, AUDIT_DIR: path.join(dir, 'audit') };
    const product = await startProduct({ settings, log, local: { demo: false, dir } });
    try {
      const { tenantId, token } = await makeTenant(settings, dir);
      const context = dangerouslyActAsService(tenantId, TIER, 'bench', 'measures events', log);
      const { mongo } = product.stores.forTenant(context);
      const contentIds = Array.from({ length: 50 }, () => randomUUID());
      for (const contentId of contentIds) await projectDocument(mongo, saved(contentId));
      const make = eventsOf(contentIds);
      const mongoPid = local.rows.find(({ store }) => store === 'mongo')?.pid ?? 0;
      const ingestions: Ingestion[] = [];
      for (const [of, given] of [
        ['now', make(events / 2, () => new Date())],
        ['80 days', make(events / 2)],
      ] as const) {
        progress(`${given.length} events of ${of} through POST /events`);
        const send = (): Promise<void> => ingest(`${product.url}/events`, token, given);
        ingestions.push({ of, ...(await costOf(send, given.length, mongoPid)) });
      }
      await recordEvents(
        mongo,
        make(500, () => new Date(Date.now() - 85 * DAY_MS)),
      );
      const steps = [await measure(mongo, make, events)];
      progress(`growing to ${events * 10} events`);
      for (let more = events * 9; more > 0; more -= 1_000) await recordEvents(mongo, make(Math.min(more, 1_000)));
      steps.push(await measure(mongo, make, events * 10));
      return { ingestions, steps };
    } finally {
      await product.stop();
    }
  } finally {
    await local.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

/** Its documents stay where they are: those of an ENTERPRISE tenant would be carried into a database of its own meanwhile. */
const TIER = 'STANDARD';
const DAY_MS = 86_400_000;
/** What is measured is how long things take, and not when they are given up. */
const LIMITS = {
  RATE_LIMIT_PER_MINUTE: '1000000',
  EVENTS_PER_MINUTE: '100000000',
  COST_PER_MINUTE: '1000000000',
  STORE_TIMEOUT_MS: '60000',
  OPERATION_TIMEOUT_MS: '120000',
};

async function makeTenant(settings: ReturnType<typeof readSettings>, dir: string) {
  const { DATABASE_URL: url, POLYGRAPH_SECRETS: secrets, JWT_ISSUER, JWT_AUDIENCE, JWT_TENANT_CLAIM } = settings;
  const provision = openPostgresProvision({ url, secrets, log: createLogger({ level: 'error' }) });
  const system = provision.dangerouslyAsSystem('setting up a bench');
  const [tenantId, userId] = [randomUUID(), randomUUID()];
  await system.upsertTenant({ id: tenantId, slug: 'bench', name: 'Bench', tier: TIER, features: [] });
  await system.upsertUser({ id: userId, email: 'bench@bench.example', name: 'Bench' });
  await system.upsertMembership({ tenantId, userId, role: 'OWNER' });
  await provision.close();
  const names = { issuer: JWT_ISSUER, audience: JWT_AUDIENCE, tenantClaim: JWT_TENANT_CLAIM };
  const issuer = await createLocalIssuer({ dir, ...names });
  return { tenantId, token: await issuer.issue({ userId, tenantId }) };
}

type MakeEvents = (count: number, at?: () => Date) => NewEvent[];

function eventsOf(contentIds: readonly string[]): MakeEvents {
  const kinds = ['VIEW', 'VIEW', 'VIEW', 'CLICK', 'SHARE', 'CONVERSION'] as const;
  const sometime = (): Date => new Date(Date.now() - Math.random() * 80 * DAY_MS);
  return (count, at = sometime) =>
    Array.from({ length: count }, (_, index) => ({
      kind: kinds[index % kinds.length] ?? 'VIEW',
      contentId: contentIds[index % contentIds.length],
      at: at(),
      idempotencyKey: randomUUID(),
    }));
}

/** In requests of 2,000 lines, one after the other. */
async function ingest(url: string, token: string, events: readonly NewEvent[]): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' };
  for (let at = 0; at < events.length; at += 2_000) {
    const body = events
      .slice(at, at + 2_000)
      .map((event) => JSON.stringify(event))
      .join('\n');
    const response = await fetch(url, { method: 'POST', headers, body });
    const text = await response.text();
    if (!text.includes('"failed":0,"complete":true'))
      throw new Error(`Not all events were taken: ${text.slice(0, 500)}`);
  }
}

async function costOf(
  send: () => Promise<void>,
  events: number,
  mongoPid: number,
): Promise<Pick<Ingestion, 'perSecond' | 'ownMs' | 'mongoMs'>> {
  const [own, ofMongo] = [ownCpuMs(), cpuOfTree(mongoPid)];
  const tookMs = await timeOf(send);
  return {
    perSecond: (events / tookMs) * 1_000,
    ownMs: (ownCpuMs() - own) / events,
    mongoMs: (cpuOfTree(mongoPid) - ofMongo) / events,
  };
}

async function measure(mongo: TenantMongo, make: MakeEvents, events: number): Promise<EventsStep> {
  const took: number[] = [];
  for (let round = 0; round < 7; round += 1) {
    const batch = make(250);
    took.push(await timeOf(() => recordEvents(mongo, batch)));
  }
  const day = utcDay(new Date(Date.now() - 85 * DAY_MS));
  const rebuildMs = await timeOf(() => rebuildRollUps(mongo, { from: day, to: day }));
  return { events, batchMs: took.sort((a, b) => a - b)[3] ?? 0, rebuildMs };
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function saved(contentId: string): Parameters<typeof projectDocument>[1] {
  const facts = { summary: null, authorId: null, tags: [], licence: null, source: null, publishedAt: null };
  const payload = { contentId, revision: 1, title: 'A title', slug: contentId, status: 'PUBLISHED' as const, ...facts };
  return { kind: 'content.saved', entity: 'Content', entityId: contentId, payload: { ...payload, body: 'A body.' } };
}
