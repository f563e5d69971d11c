import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { appendOutbox } from '#stores/postgres/outbox';
import { saved } from './outbox-world.ts';
import type { PostgresTenant } from './postgres.ts';

/** What a tenant's writer was told had been done, and how it went. */
export interface Traffic {
  /** The revision that was last acknowledged of each document, by id. */
  readonly acknowledged: ReadonlyMap<string, number>;
  /** Of writes, in milliseconds, in order. */
  readonly latencies: readonly number[];
  readonly refused: readonly unknown[];
  /** Reads that did not see what had been acknowledged before they began. */
  readonly staleReads: readonly string[];
  readonly reads: number;
  /** Resolves when nothing is under way any more. */
  stop(): Promise<void>;
}

/** Writes documents (two of three are new, every third changes one) and reads them back, at these rates a second. */
export function startTraffic(tenant: PostgresTenant, { writes = 50, reads = 20 } = {}): Traffic {
  const acknowledged = new Map<string, number>();
  const [latencies, refused, staleReads]: [number[], unknown[], string[]] = [[], [], []];
  const busy = new Set<string>();
  const under = new Set<Promise<void>>();
  let [running, read] = [true, 0];

  const write = async (): Promise<void> => {
    const idle = [...acknowledged.keys()].filter((id) => !busy.has(id));
    const change = Math.random() < 0.34 ? idle[Math.floor(Math.random() * idle.length)] : undefined;
    const [id, revision] = [change ?? randomUUID(), change ? (acknowledged.get(change) ?? 0) + 1 : 1];
    busy.add(id);
    const began = performance.now();
    try {
      await save(tenant, id, revision);
      acknowledged.set(id, revision);
    } catch (error) {
      refused.push(error);
    }
    latencies.push(performance.now() - began);
    busy.delete(id);
  };
  const look = async (): Promise<void> => {
    const before = acknowledged.size;
    const [sample] = [...acknowledged].slice(-1);
    const { prisma } = tenant.handle;
    try {
      const [count, found] = await Promise.all([
        prisma.content.count(),
        sample ? prisma.content.findFirst({ where: { id: sample[0] }, select: { revision: true } }) : undefined,
      ]);
      if (count < before) staleReads.push(`${count} of ${before}`);
      if (sample && (found?.revision ?? 0) < sample[1]) staleReads.push(`revision ${found?.revision} of ${sample[1]}`);
    } catch (error) {
      refused.push(error);
    }
    read += 1;
  };
  const pace = async (perSecond: number, act: () => Promise<void>): Promise<void> => {
    while (running) {
      const done: Promise<void> = act().finally(() => under.delete(done));
      under.add(done);
      await sleep(1_000 / perSecond);
    }
  };
  const pacers = [pace(writes, write), pace(reads, look)];
  return {
    ...{ acknowledged, latencies, refused, staleReads },
    get reads() {
      return read;
    },
    async stop() {
      running = false;
      await Promise.all(pacers);
      await Promise.all(under);
    },
  };
}

async function save({ handle, id: tenantId }: PostgresTenant, id: string, revision: number): Promise<void> {
  await handle.transaction(async (tx) => {
    await tx.$queryRaw`
      insert into contents (tenant_id, id, slug, title, revision)
      values (${tenantId}::uuid, ${id}::uuid, ${id}, ${`Title ${revision}`}, ${revision}::int)
      on conflict (tenant_id, id) do update set revision = excluded.revision, title = excluded.title`;
    await appendOutbox(tx, saved(id, revision, { body: `body ${revision}` }));
  });
}
