import type pg from 'pg';
import { PolygraphError } from '#platform/errors';
import type { TenantContext } from '#tenancy/context';
import { beginAsTenant } from './burst.ts';
import { placementAt } from './placement.ts';
import { findRefusal } from './refusal.ts';
import type { RegistrySql } from './registry.ts';
import { SHARING_ROLE } from './roles.ts';
import { createSharedTransactions, type SharedRoute } from './shared-transactions.ts';
import type { TransactionOptions } from './tenant.ts';

/**
 * What tenants of the shared tables share with each other.
 * @throws PolygraphError NOT_SUPPORTED for a tenant with a place of its own, TENANT_MOVING for one on its way
 */
export interface TenantSharing {
  /** The tenant's own rules, answers and access; nothing of another tenant is seen in it. Audited like any change. */
  transaction<T>(work: (sql: RegistrySql) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /**
   * Reads as the role that sees what other tenants have shared with this one: offers to it, answers to its own offers,
   * and, where a purpose is named, the memories that rules of this purpose share with whoever calls. It can write nothing.
   */
  dangerouslyReadAcrossTenants<Row>(
    reading: CrossTenantReading,
    work: (sql: RegistrySql) => Promise<Row[]>,
  ): Promise<Row[]>;
}

export interface CrossTenantReading {
  /** Without one, no memory is seen. It is told to the audit of the tenant that reads, with how many rows it got. */
  readonly purpose?: string;
}

export function createTenantSharing(shared: SharedRoute, context: TenantContext): TenantSharing {
  const { tenantId, principal, roles } = context;
  const inShared = createSharedTransactions(shared, context);
  // Refuses a tenant that does not live here, whatever the caller thinks its tier is.
  const begin = beginAsTenant(placementAt('shared', tenantId));
  return {
    transaction: (work, options) => inShared(begin, work, options).catch(explain),
    async dangerouslyReadAcrossTenants({ purpose }, work) {
      const subjects = [`${principal.kind}:${principal.id}`, ...roles.map((role) => `role:${role}`)];
      // The policy takes them apart again: no id may hold what would make it two.
      if (subjects.some((subject) => subject.includes(','))) throw new TypeError('A subject holds a comma.');
      const read = async (sql: RegistrySql, client: Pick<pg.PoolClient, 'query'>) => {
        await client.query(TAKE_ON, [purpose ?? '', subjects.join(',')]);
        const rows = await work(sql);
        await client.query(PUT_OFF);
        if (purpose !== undefined)
          await client.query(TELL, [tenantId, principal.kind, principal.id, purpose, rows.length]);
        return rows;
      };
      return inShared(begin, read).catch(explain);
    },
  };
}

function explain(error: unknown): never {
  if (findRefusal(error)?.reason !== 'elsewhere') throw error;
  throw new PolygraphError('NOT_SUPPORTED', NO_SHARING, { originalError: error instanceof Error ? error : null });
}

const NO_SHARING =
  'A tenant with a schema or a database of its own shares with nobody: its rows lie where no other tenant’s statement reaches. Give copies by an export.';
/** Both settings and the role end with the transaction. */
const TAKE_ON = `SELECT set_config('app.sharing_purpose', $1, true), set_config('app.sharing_subjects', $2, true),
  set_config('role', '${SHARING_ROLE}', true)`;
const PUT_OFF = `SELECT set_config('role', 'none', true), set_config('app.sharing_purpose', '', true)`;
const TELL = `SELECT audit_append($1, clock_timestamp(), $2, $3, 'sharing.read', 'EVENT', 'sharing_rules', $4, 'INFO', NULL, NULL,
  jsonb_build_object('purpose', $4::text, 'rows', $5::integer))`;
