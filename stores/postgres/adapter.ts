import { setTimeout as sleep } from 'node:timers/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type pg from 'pg';
import { type ErrorCode, findPolygraphError, PolygraphError } from '#platform/errors';
import { tally } from '#platform/tally';
import type { StoreBreaker } from '../breaker.ts';
import { beginAsTenant, queryAsTenant } from './burst.ts';
import type { TenantGate } from './gates.ts';
import { type Placement, schemaOf } from './placement.ts';
import { readRaised } from './raised.ts';
import { readRefusal } from './refusal.ts';

/** The connections that lead to a place. */
export interface Route {
  readonly pool: pg.Pool;
  readonly breaker: StoreBreaker;
}

export interface TenantAdapterOptions {
  placement: Placement;
  /** Asked for each statement: the pool of a database of its own comes and goes. */
  route: () => Route;
  /** Where a single read is tried, in this order: what does not answer is passed over. */
  readRoutes: () => readonly Route[];
  /** Asked for each statement, before the breaker: a tenant that waits for itself is no outage. */
  gate: () => TenantGate;
}

/**
 * Prisma's own PostgreSQL adapter over the pool of the tenant's place, with the
 * tenant in this closure and nowhere else. Async context must not decide it:
 * Prisma merges reads of one tick and sends them in the context of whichever
 * came first, which was measured to hand one tenant's row to another.
 */
export function createTenantAdapter({
  placement,
  route,
  readRoutes,
  gate,
}: TenantAdapterOptions): SqlDriverAdapterFactory {
  const { tenantId } = placement;
  const bound = new Proxy(route().pool, {
    get(target, key) {
      if (key === 'query') {
        return async (statement: pg.QueryArrayConfig<unknown[]>) => {
          tally('postgres', () => ({ text: statement.text, tenantId }));
          const leave = await enter(gate());
          try {
            return await inTurn(readRoutes(), ({ pool, breaker }) =>
              guard(breaker, () => queryAsTenant(pool, placement, statement)),
            );
          } finally {
            leave();
          }
        };
      }
      if (key === 'connect') {
        return async () => {
          const { pool, breaker } = route();
          const leave = await enter(gate());
          try {
            return bindTransaction(await guard(breaker, () => pool.connect()), placement, breaker, leave);
          } catch (error) {
            leave();
            throw error;
          }
        };
      }
      // The pool has a listener of its own; one more a tenant would only pile up.
      if (key === 'on' || key === 'removeListener') return () => bound;
      return Reflect.get(target, key, target);
    },
  });
  // Prisma names the schema in what it generates; SQL of our own is found by the search path of the burst.
  return new PrismaPg(bound, { schema: schemaOf(placement) });
}

/** A connection for one transaction: its BEGIN carries the tenant and may be refused, its COMMIT is checked. */
function bindTransaction(
  client: pg.PoolClient,
  placement: Placement,
  breaker: StoreBreaker,
  leave: () => void,
): pg.PoolClient {
  let broken: Error | undefined;
  let bound: string | undefined;
  let refused = false;
  const send = async (statement: pg.QueryArrayConfig<unknown[]>): Promise<unknown> => {
    if (statement.text === 'BEGIN') {
      await client.query(beginAsTenant(placement)).catch(async (error: unknown) => {
        const refusal = readRefusal(error);
        if (!refusal) throw error;
        await client.query('ROLLBACK');
        refused = true;
        throw refusal;
      });
      bound = placement.tenantId;
      return NOTHING;
    }
    if (!CONTROL.test(statement.text)) tally('postgres', () => ({ text: statement.text, tenantId: bound }));
    const result = await client.query(statement);
    if (statement.text === 'COMMIT' && result.command !== 'COMMIT') throw new Error('PostgreSQL did not commit.');
    return result;
  };
  return new Proxy(client, {
    get(target, key) {
      if (key === 'query') {
        return async (statement: pg.QueryArrayConfig<unknown[]>) => {
          try {
            return await guard(breaker, () => send(statement));
          } catch (error) {
            if (!isOrdinary(error)) broken = error instanceof Error ? error : new Error(String(error));
            throw error;
          }
        };
      }
      // A connection that was refused and has rolled back is sound, and the next try comes soon.
      if (key === 'release')
        return (error?: Error | boolean) => {
          target.release(refused ? undefined : (error ?? broken));
          leave();
        };
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Safe to repeat, because the server takes it for a read. Waits a moment, each for another, so that not all come at once. */
async function inTurn<T>([first, ...others]: readonly Route[], read: (route: Route) => Promise<T>): Promise<T> {
  if (!first) throw new Error('There is no way to the place.');
  try {
    return await read(first);
  } catch (error) {
    if (others.length === 0 || findPolygraphError(error)?.code !== 'STORE_UNAVAILABLE') throw error;
    await sleep(Math.random() * RETRY_WITHIN_MS);
    return inTurn(others, read);
  }
}

async function guard<T>(breaker: StoreBreaker, call: () => Promise<T>): Promise<T> {
  try {
    return await breaker.run(call);
  } catch (error) {
    throw asCause(error instanceof PolygraphError ? error : (readRaised(error) ?? error));
  }
}

async function enter(gate: TenantGate): Promise<() => void> {
  try {
    return await gate.enter();
  } catch (error) {
    throw asCause(error);
  }
}

/** Prisma drops what an error with a code carries; as a cause it arrives whole, and the runtime finds it there. */
const asCause = (error: unknown): unknown =>
  error instanceof PolygraphError ? new Error(error.message, { cause: error }) : error;

/** A refused value leaves the connection sound once it has rolled back; anything else does not. */
function isOrdinary(error: unknown): boolean {
  if (RAISED.has(findPolygraphError(error)?.code)) return true;
  return error instanceof Error && 'code' in error && ORDINARY.test(String(error.code));
}

/** What `readRaised` makes of what triggers raise. */
const RAISED = new Set<ErrorCode | undefined>(['QUOTA_EXCEEDED', 'CONFLICT']);
const RETRY_WITHIN_MS = 20;
const ORDINARY = /^(22|23|40|42)[0-9A-Z]{3}$/;
const CONTROL = /^(COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET TRANSACTION)\b/;
const NOTHING = { fields: [], rows: [], rowCount: 0 };
