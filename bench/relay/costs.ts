import { setTimeout as sleep } from 'node:timers/promises';
import type { StoreName } from '#platform/tally';
import { PROJECTION_TARGETS, type ProjectionTarget } from '#stores/postgres/outbox';
import type { TenantContext } from '#tenancy/context';
import { ownCpuMs } from '../own-cpu.ts';
import type { OwnStores } from '../own-stores.ts';
import { cpuOfTree } from '../walls/server-cpu.ts';
import { withRelay } from './with-relay.ts';
import { writeDocuments } from './write.ts';

/** What one document costs while nothing but this step is done. */
export interface StepCost {
  readonly step: 'WRITE' | ProjectionTarget;
  readonly perSecond: number;
  /** User and system time in milliseconds; `bench` is this process, in which the writers and the relay run. */
  readonly cpuMs: Cpu;
}
type Cpu = Readonly<Record<'bench' | 'postgres' | 'mongo' | 'neo4j', number>>;

/** Writes documents while no relay runs, then carries them to one target after the other. */
export async function measureCosts(
  own: OwnStores,
  tenants: readonly TenantContext[],
  documents: number,
): Promise<readonly StepCost[]> {
  const costs = [await costOf(own, 'WRITE', documents, () => writeDocuments(own, tenants, { documents }))];
  for (const target of PROJECTION_TARGETS) {
    costs.push(await costOf(own, target, documents, () => carryTo(target, own, documents)));
  }
  return costs;
}

function carryTo(target: ProjectionTarget, own: OwnStores, documents: number): Promise<void> {
  let arrived = 0;
  return withRelay(
    own,
    (projection) =>
      projection.target !== target
        ? undefined
        : {
            ...projection,
            async project(tenant, events) {
              await projection.project(tenant, events);
              arrived += events.length;
            },
          },
    async () => {
      while (arrived < documents) await sleep(10);
    },
  );
}

async function costOf(
  own: OwnStores,
  step: StepCost['step'],
  documents: number,
  work: () => Promise<unknown>,
): Promise<StepCost> {
  const [before, began] = [cpuOf(own), performance.now()];
  await work();
  const [after, seconds] = [cpuOf(own), (performance.now() - began) / 1000];
  const each = (user: keyof Cpu): number => (after[user] - before[user]) / documents;
  const cpuMs = { bench: each('bench'), postgres: each('postgres'), mongo: each('mongo'), neo4j: each('neo4j') };
  return { step, perSecond: documents / seconds, cpuMs };
}

function cpuOf({ servers }: OwnStores): Cpu {
  const of = (name: StoreName): number =>
    servers.filter(({ store }) => store === name).reduce((sum, { pid }) => sum + cpuOfTree(pid), 0);
  return { bench: ownCpuMs(), postgres: of('postgres'), mongo: of('mongo'), neo4j: of('neo4j') };
}
