import { fragment, type TenantPostgres } from '#stores/postgres/index';
import type { Context } from '../../context.ts';
import type { ExecutionContextMemoriesArgs, QueryMemoriesArgs } from '../../generated/resolvers.ts';
import type { MemoryConnectionModel } from '../../models.ts';
import { createNewestFirst, type Slice } from '../../newest-first.ts';
import { filterOf } from './filter.ts';
import { MEMORY_COLUMNS, type MemoryRow } from './rows.ts';

export async function listMemories(
  { filter, ...args }: QueryMemoriesArgs,
  { sql }: TenantPostgres,
): Promise<MemoryConnectionModel> {
  const chosen = filterOf(filter);
  const connection = await NEWEST.page(
    args,
    (slice) => sql<MemoryRow>`
      SELECT ${MEMORY_COLUMNS} FROM memories m WHERE true ${chosen} ${beyond(slice)}
      ORDER BY m.created_at DESC, m.id DESC LIMIT ${slice.take}`,
  );
  return {
    ...connection,
    async totalCount() {
      const [counted] = await sql<{ total: number }>`
        SELECT count(*)::int AS total FROM memories m WHERE true ${chosen}`;
      return counted?.total ?? 0;
    },
  };
}

/** Through the loader: a list of contexts costs one statement. */
export async function listMemoriesOfContext(
  contextId: string,
  args: ExecutionContextMemoriesArgs,
  { loaders }: Context,
): Promise<MemoryConnectionModel> {
  const find = (slice: Slice) => loaders.memoriesOfContext.load({ parentId: contextId, args: slice });
  const connection = await NEWEST_OF_CONTEXT.page(args, find);
  return { ...connection, totalCount: () => loaders.memoryCountOfContext.load(contextId) };
}

/** Of a table or alias `m`. */
export const beyond = ({ after }: Slice) =>
  after ? fragment`AND (m.created_at, m.id) < (${after.at}::timestamptz, ${after.id}::uuid)` : fragment``;

const NEWEST = createNewestFirst('memories.newest');
const NEWEST_OF_CONTEXT = createNewestFirst('memories.context');
