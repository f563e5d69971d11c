import { z } from 'zod';
import { PolygraphError } from '#platform/errors';
import { awaitArrival } from '#stores/postgres/outbox/arrival';
import type { Context } from '../context.ts';
import type { MutationCreateContentInAllStoresArgs } from '../generated/resolvers.ts';
import { checkCreate } from './input.ts';
import { CONTENT_FIELDS } from './rows.ts';
import { beginSaga, finishSaga, type Saga } from './saga.ts';
import type { Written } from './write.ts';

/**
 * The document, when every store has it.
 * @throws PolygraphError COMPENSATED where not all could have it in time, and none shows it
 */
export async function createInAllStores(
  { input, idempotencyKey, waitMs }: MutationCreateContentInAllStoresArgs,
  { stores: { postgres }, tenant }: Context,
  bodyLimit: number,
): Promise<Written> {
  const checked = checkCreate(input, bodyLimit);
  const withinMs = checkWait(waitMs ?? 3_000);
  let saga = await beginSaga(postgres, tenant, checked, { idempotencyKey: checkKey(idempotencyKey), withinMs });
  while (saga.state === 'RUNNING') {
    await awaitArrival(postgres, [saga.eventId], { withinMs });
    saga = await finishSaga(postgres, saga.id);
  }
  if (saga.state === 'COMPENSATED') throw compensated(saga);
  const content = await postgres.prisma.content.findFirst({ where: { id: saga.contentId }, select: CONTENT_FIELDS });
  if (!content) throw new PolygraphError('NOT_FOUND', 'The document was created and has been removed since.');
  return { content, position: saga.eventId };
}

function compensated({ reason }: Saga): PolygraphError {
  return new PolygraphError('COMPENSATED', `The document was not created: ${WHY[reason ?? 'TIME_OVER']}.`, {
    facts: { reason },
  });
}

const WHY: Readonly<Record<NonNullable<Saga['reason']>, string>> = {
  GIVEN_UP: 'a store refused it',
  TIME_OVER: 'not every store took it in time',
  SLUG_TAKEN: 'another document took its slug meanwhile',
};

function checkWait(ms: number): number {
  if (ms >= LEAST_WAIT_MS && ms <= MOST_WAIT_MS) return ms;
  throw new PolygraphError('LIMIT_EXCEEDED', `\`waitMs\` is from ${LEAST_WAIT_MS} to ${MOST_WAIT_MS}; got ${ms}.`, {
    facts: { argument: 'waitMs', limit: MOST_WAIT_MS, given: ms },
  });
}

function checkKey(key: string): string {
  if (KEY.safeParse(key).success) return key;
  throw new PolygraphError('BAD_USER_INPUT', '`idempotencyKey` has 8 to 128 visible ASCII characters.', {
    facts: { field: 'idempotencyKey' },
  });
}

const KEY = z.string().regex(/^[\x21-\x7e]{8,128}$/);
const LEAST_WAIT_MS = 100;
/** Less than an operation may take, so that the answer still arrives. */
const MOST_WAIT_MS = 6_000;
