import { z } from 'zod';
import { fragment, type TenantPostgres } from '#stores/postgres/index';
import { buildConnection, createCursor, pageSize } from '../../runtime/connection.ts';
import type { QueryUsersArgs } from '../generated/resolvers.ts';
import type { UserConnectionModel } from '../models.ts';
import { USER_COLUMNS } from './loaders.ts';
import type { UserRow } from './rows.ts';

/** Members of the tenant by the name it shows for them. */
export async function listUsers(
  { first, after }: QueryUsersArgs,
  { sql, prisma }: TenantPostgres,
): Promise<UserConnectionModel> {
  const size = pageSize(first);
  const place = CURSOR.decode(after);
  const beyond = place
    ? fragment`WHERE (m.display_name, m.user_id) > (${place[0]}::text, ${place[1]}::uuid)`
    : fragment``;
  const rows = await sql<UserRow>`
    SELECT ${USER_COLUMNS} ${beyond} ORDER BY m.display_name, m.user_id LIMIT ${size + 1}`;
  return {
    ...buildConnection({ rows, size, after, cursorOf: (row) => CURSOR.encode([row.name, row.id]) }),
    totalCount: () => prisma.membership.count(),
  };
}

const CURSOR = createCursor<[string, string]>('users.name', z.tuple([z.string().max(200), z.uuid()]));
