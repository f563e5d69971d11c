import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type pg from 'pg';
import { PolygraphError } from '#platform/errors';
import { tally } from '#platform/tally';
import type { StoreBreaker } from '../breaker.ts';
import { queryAsTenant } from './burst.ts';

export interface TenantAdapterOptions {
  pool: pg.Pool;
  tenantId: string;
  breaker: StoreBreaker;
}

/**
 * Prisma's own PostgreSQL adapter over the shared pool, with the tenant in this
 * closure and nowhere else. Async context must not decide it: Prisma merges
 * reads of one tick and sends them in the context of whichever came first,
 * which was measured to hand one tenant's row to another.
 */
export function createTenantAdapter({ pool, tenantId, breaker }: TenantAdapterOptions): SqlDriverAdapterFactory {
  if (!UUID.test(tenantId)) throw new TypeError('A tenant id is a lower-case UUID.');
  const bound = new Proxy(pool, {
    get(target, key) {
      if (key === 'query') {
        return (statement: pg.QueryArrayConfig<unknown[]>) => {
          tally('postgres', () => ({ text: statement.text, tenantId }));
          return guard(breaker, () => queryAsTenant(target, tenantId, statement));
        };
      }
      if (key === 'connect') {
        return async () => bindTransaction(await guard(breaker, () => target.connect()), tenantId, breaker);
      }
      // The pool has a listener of its own; one more a tenant would only pile up.
      if (key === 'on' || key === 'removeListener') return () => bound;
      return Reflect.get(target, key, target);
    },
  });
  return new PrismaPg(bound);
}

/** A connection for one transaction: its BEGIN carries the tenant, its COMMIT is checked. */
function bindTransaction(client: pg.PoolClient, tenantId: string, breaker: StoreBreaker): pg.PoolClient {
  let broken: Error | undefined;
  let bound: string | undefined;
  const send = async (statement: pg.QueryArrayConfig<unknown[]>): Promise<unknown> => {
    if (statement.text === 'BEGIN') {
      // Parameters are impossible in SET; the id has been checked to be a UUID.
      await client.query(`BEGIN; SET LOCAL app.tenant = '${tenantId}'`);
      bound = tenantId;
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
      if (key === 'release') return (error?: Error | boolean) => target.release(error ?? broken);
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Prisma drops what an error with a code carries; as a cause it arrives whole, and the runtime finds it there. */
async function guard<T>(breaker: StoreBreaker, call: () => Promise<T>): Promise<T> {
  try {
    return await breaker.run(call);
  } catch (error) {
    if (error instanceof PolygraphError) throw new Error(error.message, { cause: error });
    throw error;
  }
}

/** A refused value leaves the connection sound once it has rolled back; anything else does not. */
function isOrdinary(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ORDINARY.test(String(error.code));
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const ORDINARY = /^(22|23|40|42)[0-9A-Z]{3}$/;
const CONTROL = /^(COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET TRANSACTION)\b/;
const NOTHING = { fields: [], rows: [], rowCount: 0 };
