import { z } from 'zod';
import type { TenantPostgres } from '#stores/postgres/index';
import { PROJECTION_TARGETS } from '#stores/postgres/outbox';
import { type DeadLetterPlace, listDeadLetters, replayDeadLetters } from '#stores/postgres/outbox/dead-letters';
import { buildConnection, createCursor, pageSize } from '../runtime/connection.ts';
import { isUuid } from '../runtime/ids.ts';
import type { MutationReplayDeadLettersArgs, QueryDeadLettersArgs } from './generated/resolvers.ts';

export async function deadLetters(postgres: TenantPostgres, { first, after }: QueryDeadLettersArgs) {
  const size = pageSize(first);
  const rows = await listDeadLetters(postgres, { after: CURSOR.decode(after), limit: size + 1 });
  return buildConnection({
    ...{ rows, size, after },
    cursorOf: ({ createdAt, eventId, target }) =>
      CURSOR.encode({ createdAt: createdAt.toISOString(), eventId, target }),
  });
}

/** An id that is none, or another tenant's, has no dead letters: none are replayed. */
export async function replay(postgres: TenantPostgres, { contentId, target }: MutationReplayDeadLettersArgs) {
  if (typeof contentId === 'string' && !isUuid(contentId)) return { replayed: 0 };
  const filter = { contentId: contentId ?? undefined, target: target ?? undefined };
  return { replayed: await replayDeadLetters(postgres, filter) };
}

const CURSOR = createCursor<DeadLetterPlace>(
  'deadLetters',
  z.object({ createdAt: z.iso.datetime(), eventId: z.uuid(), target: z.enum(PROJECTION_TARGETS) }),
);
