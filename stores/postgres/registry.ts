import type pg from 'pg';
import { tally } from '#platform/tally';
import type { TenantContext } from '#tenancy/context';
import type { StoreBreaker } from '../breaker.ts';
import { readQuota } from './quota.ts';
import type { TransactionOptions } from './tenant.ts';

/**
 * Who may enter a tenant: members, roles, invitations, keys and approvals. They
 * are kept in the shared tables for every tier, because they are asked for
 * before a tenant is known; so this leads there wherever the tenant lives. The
 * tenant is fixed in it, and row-level security holds.
 */
export interface TenantRegistry {
  read: RegistrySql;
  /** As that of `TenantPostgres`: audited under the principal of the handle, rolled back where it throws. */
  transaction<T>(work: (sql: RegistrySql) => Promise<T>, options?: TransactionOptions): Promise<T>;
}

/** A template: values are always parameters. */
export type RegistrySql = <Row extends pg.QueryResultRow>(
  strings: TemplateStringsArray,
  ...values: readonly unknown[]
) => Promise<Row[]>;

export interface RegistryOptions {
  /** Of the role that serves requests, in the shared database. */
  readonly pool: pg.Pool;
  readonly breaker: StoreBreaker;
}

export function createTenantRegistry({ pool, breaker }: RegistryOptions, context: TenantContext): TenantRegistry {
  const { tenantId, principal } = context;
  const inTransaction = async <T>(
    begin: string,
    { action = '', metadata = {} }: TransactionOptions,
    work: (sql: RegistrySql) => Promise<T>,
  ): Promise<T> => {
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
      });
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
      throw readQuota(error) ?? error;
    } finally {
      client.release(!sound);
    }
  };
  const inPlace: typeof inTransaction = (begin, options, work) => {
    // The breaker counts outages alone, so an error of ours passes it as it is.
    return breaker.run(() => inTransaction(begin, options, work));
  };
  return {
    read: (strings, ...values) => inPlace('BEGIN READ ONLY', {}, (sql) => sql(strings, ...values)),
    transaction: (work, options = {}) => inPlace('BEGIN', options, work),
  };
}

const SETTINGS = `SELECT set_config('app.tenant', $1, true), set_config('app.principal', $2, true),
  set_config('app.action', $3, true), set_config('app.audit_metadata', $4, true)`;
