import type pg from 'pg';
import { tally } from '#platform/tally';
import type { TenantContext } from '#tenancy/context';
import type { StoreBreaker } from '../breaker.ts';
import { readQuota } from './quota.ts';
import { readRefusal } from './refusal.ts';
import type { RegistrySql } from './registry.ts';
import type { TransactionOptions } from './tenant.ts';

/** Connections of the role that serves requests, in the shared database. */
export interface SharedRoute {
  readonly pool: pg.Pool;
  readonly breaker: StoreBreaker;
}

/**
 * One transaction in the shared database, wherever the tenant lives, under its policies.
 * @param begin the text that begins it; never from input
 * @param client for settings of the transaction, which are no statements of a request
 */
export type SharedTransactions = <T>(
  begin: string,
  work: (sql: RegistrySql, client: Pick<pg.PoolClient, 'query'>) => Promise<T>,
  options?: TransactionOptions,
) => Promise<T>;

export function createSharedTransactions({ pool, breaker }: SharedRoute, context: TenantContext): SharedTransactions {
  const { tenantId, principal } = context;
  const inTransaction: SharedTransactions = async (begin, work, { action = '', metadata = {} } = {}) => {
    const client = await pool.connect();
    let sound = false;
    try {
      await client.query(begin);
      await client.query(SETTINGS, [tenantId, `${principal.kind}:${principal.id}`, action, JSON.stringify(metadata)]);
      const result = await work(async (strings, ...values) => {
        if (!Array.isArray(strings.raw)) throw new TypeError('`sql` is a template tag; it takes no text.');
        const text = strings.reduce((before, part, at) => `${before}$${at}${part}`);
        tally('postgres', () => ({ text, tenantId }));
        return (await client.query(text, [...values])).rows as never;
      }, client);
      const { command } = await client.query('COMMIT');
      if (command !== 'COMMIT') throw new Error('PostgreSQL did not commit.');
      sound = true;
      return result;
    } catch (error) {
      // Whatever the error left behind ends here; a connection that cannot roll back is closed.
      sound = await client.query('ROLLBACK').then(
        () => true,
        () => false,
      );
      throw readQuota(error) ?? readRefusal(error) ?? error;
    } finally {
      client.release(!sound);
    }
  };
  // The breaker counts outages alone, so an error of ours passes it as it is.
  return (begin, work, options) => breaker.run(() => inTransaction(begin, work, options));
}

const SETTINGS = `SELECT set_config('app.tenant', $1, true), set_config('app.principal', $2, true),
  set_config('app.action', $3, true), set_config('app.audit_metadata', $4, true)`;
