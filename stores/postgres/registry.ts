import type pg from 'pg';
import type { TenantContext } from '#tenancy/context';
import { createSharedTransactions, type SharedRoute } from './shared-transactions.ts';
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

/** @returns what works in the shared database, wherever the tenant lives */
export function createTenantRegistry(shared: SharedRoute, context: TenantContext): TenantRegistry {
  const inShared = createSharedTransactions(shared, context);
  return {
    read: (strings, ...values) => inShared('BEGIN READ ONLY', (sql) => sql(strings, ...values)),
    transaction: (work, options = {}) => inShared('BEGIN', work, options),
  };
}
