import type { TenantPostgres } from '#stores/postgres/index';
import { isUuid } from '../../../runtime/ids.ts';
import type { QueryOffloadedContextsArgs } from '../../generated/resolvers.ts';
import type { OffloadedContextConnectionModel } from '../../models.ts';
import { createNewestFirst, sliceOf } from '../../newest-first.ts';
import { OFFLOADED_FIELDS, type OffloadedRow } from './rows.ts';

export async function listOffloaded(
  { contextId, ...page }: QueryOffloadedContextsArgs,
  { prisma }: TenantPostgres,
): Promise<OffloadedContextConnectionModel> {
  const where = typeof contextId === 'string' ? { contextId: isUuid(contextId) ? contextId : { in: [] } } : {};
  const connection = await NEWEST.page(page, (slice): Promise<OffloadedRow[]> => {
    const { beyond, ...rows } = sliceOf(slice);
    return prisma.offloadedContext.findMany({ where: { AND: [where, beyond] }, ...rows, select: OFFLOADED_FIELDS });
  });
  return { ...connection, totalCount: () => prisma.offloadedContext.count({ where }) };
}

const NEWEST = createNewestFirst('offloaded.newest');
