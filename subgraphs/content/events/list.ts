import { z } from 'zod';
import { eq, range, type TenantMongo } from '#stores/mongo/index';
import { buildConnection, createCursor, pageSize } from '../../runtime/connection.ts';
import { isUuid } from '../../runtime/ids.ts';
import type { QueryEventsArgs } from '../generated/resolvers.ts';
import { SHOWN_FIELDS } from '../loaders/recent-events.ts';
import type { AnalyticsEventConnectionModel, AnalyticsEventModel } from '../models.ts';
import { spanOf } from './input.ts';

/** Events of the tenant, newest first, by keyset: a page costs the same however deep it lies. */
export async function listEvents(
  mongo: TenantMongo,
  { first, after, filter }: QueryEventsArgs,
  now: Date,
): Promise<AnalyticsEventConnectionModel> {
  const size = pageSize(first);
  const place = CURSOR.decode(after);
  const { contentId, userId, kind } = filter ?? {};
  const span = spanOf(filter, now);
  const cursorOf = ({ at, id }: AnalyticsEventModel): string => CURSOR.encode([at.getTime(), id]);
  if ([contentId, userId].some((id) => typeof id === 'string' && !isUuid(id)))
    return buildConnection({ rows: [], size, after, cursorOf });
  const rows = await mongo.collection('analytics_events').find(
    {
      at: range(span),
      ...(contentId ? { contentId: eq(contentId.toLowerCase()) } : {}),
      ...(userId ? { userId: eq(userId.toLowerCase()) } : {}),
      ...(kind ? { kind: eq(kind) } : {}),
    },
    {
      fields: SHOWN_FIELDS,
      sort: [
        ['at', -1],
        ['id', -1],
      ],
      after: place && [new Date(place[0]), place[1]],
      limit: size + 1,
    },
  );
  return buildConnection({ rows, size, after, cursorOf });
}

const CURSOR = createCursor('events', z.tuple([z.int().min(0).max(8.64e15), z.guid()]));
