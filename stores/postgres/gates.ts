import { LRUCache } from 'lru-cache';
import { PolygraphError } from '#platform/errors';

/** How many connections one tenant may use at once, so that a busy one leaves some to the others. */
export interface TenantGate {
  readonly limits: GateLimits;
  /**
   * Waits where all are in use. @returns what to call when the connection is given back; more than once does nothing
   * @throws PolygraphError RATE_LIMITED after the time for it
   */
  enter(): Promise<() => void>;
}

export interface GateLimits {
  readonly connections: number;
  readonly waitMs: number;
}

export interface TenantGates {
  /** The gate of a tenant, from now on with these limits. */
  agree(tenantId: string, limits: GateLimits): TenantGate;
  of(tenantId: string): TenantGate;
}

/** @param fallback for a tenant of which nothing has been said yet */
export function createTenantGates(fallback: GateLimits, max = 10_000): TenantGates {
  const gates = new LRUCache<string, Gate>({ max });
  const of = (tenantId: string): Gate => {
    const known = gates.get(tenantId) ?? new Gate(fallback);
    gates.set(tenantId, known);
    return known;
  };
  return {
    of,
    agree(tenantId, limits) {
      const gate = of(tenantId);
      gate.limits = limits;
      return gate;
    },
  };
}

class Gate implements TenantGate {
  limits: GateLimits;
  #inside = 0;
  readonly #waiting = new Set<() => void>();

  constructor(limits: GateLimits) {
    this.limits = limits;
  }

  async enter(): Promise<() => void> {
    if (this.#inside >= this.limits.connections) await this.#turn();
    else this.#inside += 1;
    let inside = true;
    return () => {
      if (inside) this.#leave();
      inside = false;
    };
  }

  /** A place is handed on, so that nobody who comes later takes it first. */
  #turn(): Promise<void> {
    return new Promise((resolve, reject) => {
      const { connections, waitMs } = this.limits;
      const timer = setTimeout(() => {
        this.#waiting.delete(go);
        reject(busy(connections));
      }, waitMs);
      const go = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.#waiting.add(go);
    });
  }

  #leave(): void {
    const [next] = this.#waiting;
    // Fewer may be allowed than when they came in.
    if (!next || this.#inside > this.limits.connections) {
      this.#inside -= 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}

const busy = (connections: number): PolygraphError =>
  new PolygraphError(
    'RATE_LIMITED',
    `The tenant has ${connections} statements under way, which is all it may have at once.`,
    { facts: { limitOf: 'connections', allowed: connections, remaining: 0, retryAfterSeconds: 1 } },
  );
