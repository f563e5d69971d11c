import DataLoader from 'dataloader';
import { fragment, type TenantPostgres } from '#stores/postgres/index';
import { onlyUuids } from '../../runtime/ids.ts';
import { createRowLoader } from '../row-loader.ts';
import type { TenantRow, UserRow } from './rows.ts';

export function createTenantLoader({ prisma }: TenantPostgres): DataLoader<string, TenantRow | null> {
  return createRowLoader((ids) => prisma.tenant.findMany({ where: { id: { in: ids } } }));
}

export function createUserLoader({ sql }: TenantPostgres): DataLoader<string, UserRow | null> {
  return createRowLoader((ids) => sql<UserRow>`SELECT ${USER_COLUMNS} WHERE m.user_id = ANY (${ids}::uuid[])`);
}

/** Keyed by tenant, so that a hundred documents that ask for their tenant's totals count once. */
export function createTenantCountLoader(count: () => Promise<number>): DataLoader<string, number> {
  return new DataLoader(async (ids) => {
    const total = await count();
    return ids.map(() => total);
  });
}

export interface UsageRow {
  readonly users: number;
  readonly contents: number;
  readonly storageBytes: bigint;
}

export function createUsageLoader({ prisma }: TenantPostgres): DataLoader<string, UsageRow> {
  return new DataLoader(async (ids) => {
    const rows = await prisma.tenantUsage.findMany({ where: { tenantId: { in: onlyUuids(ids) } } });
    const byId = new Map(rows.map((row) => [row.tenantId, row]));
    return ids.map((id) => byId.get(id) ?? { users: 0, contents: 0, storageBytes: 0n });
  });
}

export const USER_COLUMNS = fragment`
  m.user_id AS id, m.display_name AS name, u.email, m.role::text, m.joined_at AS "joinedAt"
  FROM memberships m JOIN users u ON u.id = m.user_id`;
