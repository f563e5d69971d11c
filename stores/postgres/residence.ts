import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { findPolygraphError, PolygraphError } from '#platform/errors';
import type { TenantContext } from '#tenancy/context';
import { type PlaceKind, type Placement, placementAt, placementOf } from './placement.ts';
import { findRefusal } from './refusal.ts';

export interface Residence {
  /**
   * Runs `work` where the tenant lives. Where it begins is a guess (what was last learnt, else the tier of the
   * context), because the place itself refuses who does not live there; the guess is then corrected and `work`
   * runs again. `began` says that it must not, because it did something.
   *
   * @throws PolygraphError TENANT_MOVING where a move takes longer than the patience
   */
  atHome<T>(tenant: Tenant, work: (placement: Placement) => Promise<T>, began?: () => boolean): Promise<T>;
}

type Tenant = Pick<TenantContext, 'tenantId' | 'tier'>;

/** As the shared database says. */
export interface Address {
  readonly kind: PlaceKind;
  readonly generation: number;
}

export interface ResidenceOptions {
  lookUp: (tenantId: string) => Promise<Address | undefined>;
  /** How long a tenant that is being moved is waited for. No connection is held meanwhile. */
  patienceMs: number;
  /** Tenants whose move is remembered; of any other the tier is gone by. */
  max?: number;
}

export function createResidence({ lookUp, patienceMs, max = 10_000 }: ResidenceOptions): Residence {
  const learnt = new LRUCache<string, Placement>({ max });

  /** @returns whether the tenant lives elsewhere than was thought */
  const learn = async ({ tenantId }: Tenant, thought: Placement): Promise<boolean> => {
    const address = await lookUp(tenantId);
    if (!address) throw new PolygraphError('TENANT_UNKNOWN', 'There is no such tenant.');
    learnt.set(tenantId, placementAt(address.kind, tenantId, address.generation));
    return address.kind !== thought.kind || address.generation !== thought.generation;
  };

  /** Finds out what to do about it. @throws the error where a second try would not help */
  const answer = async (error: unknown, tenant: Tenant, thought: Placement): Promise<void> => {
    const refusal = findRefusal(error);
    // A database that the tenant has left is dropped in the end, and then cannot even refuse.
    const gone = thought.kind === 'database' && findPolygraphError(error)?.code === 'STORE_UNAVAILABLE';
    if (!(refusal || gone)) throw error;
    const moved = refusal?.reason !== 'paused' && (await learn(tenant, thought));
    if (moved) return;
    if (gone) throw error;
    await sleep(PAUSE_MS * (0.5 + Math.random()));
  };

  return {
    async atHome(tenant, work, began = () => false) {
      const patientUntil = performance.now() + patienceMs;
      for (;;) {
        const placement = learnt.get(tenant.tenantId) ?? placementOf(tenant);
        try {
          return await work(placement);
        } catch (error) {
          if (began() || performance.now() > patientUntil) throw error;
          await answer(error, tenant, placement);
        }
      }
    },
  };
}

/** About as long as the shortest pause of a move. */
const PAUSE_MS = 30;
