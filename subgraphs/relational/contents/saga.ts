import { createHash, randomUUID } from 'node:crypto';
import { PolygraphError } from '#platform/errors';
import { violatedUnique } from '#stores/postgres/errors';
import type { TenantPostgres, TenantTransaction } from '#stores/postgres/index';
import { appendOutbox } from '#stores/postgres/outbox';
import type { TenantContext } from '#tenancy/context';
import { contentDeleted, contentSaved } from './events.ts';
import { type CreateInput, slugOf } from './input.ts';
import { CONTENT_FIELDS } from './rows.ts';

/**
 * Creates a document in every store or in none. The row is made hidden, and its event carried to the other stores as
 * any other; when all have it, one transaction shows the row. Since every way to a document leads over its row, readers
 * see all of it or nothing. Where a store refuses, or the time is over, one transaction appends the opposite event
 * instead, and the row stays hidden. Each step is a transaction that says what is next, so whoever finds the saga after
 * its process was killed (the relay looks for such) goes on from there.
 */
export interface Saga {
  readonly id: string;
  readonly state: 'RUNNING' | 'DONE' | 'COMPENSATED';
  readonly contentId: string;
  /** What every projection has to apply. */
  readonly eventId: string;
  /** Why it was compensated. */
  readonly reason: 'GIVEN_UP' | 'TIME_OVER' | 'SLUG_TAKEN' | null;
}

/** @returns the saga of that key, also where another call began it. @throws PolygraphError CONFLICT for another input */
export async function beginSaga(
  postgres: TenantPostgres,
  tenant: TenantContext,
  input: CreateInput & { body: string },
  { idempotencyKey, withinMs }: { idempotencyKey: string; withinMs: number },
): Promise<Saga> {
  const inputHash = createHash('sha256').update(JSON.stringify(input)).digest('hex');
  const known = await findSaga(postgres, idempotencyKey, inputHash);
  if (known) return known;
  try {
    return await postgres.transaction((tx) => insertSaga(tx, tenant, input, { idempotencyKey, inputHash, withinMs }), {
      action: 'content.create',
    });
  } catch (error) {
    // Of two calls with one key, one was first.
    const first = error instanceof KeyTaken && (await findSaga(postgres, idempotencyKey, inputHash));
    if (first) return first;
    throw error;
  }
}

/**
 * Takes the saga to its end where that is certain: all stores have it, one gave it up, or its time is over. Any number
 * of processes may try at once.
 */
export async function finishSaga(postgres: TenantPostgres, id: string): Promise<Saga> {
  try {
    return await postgres.transaction((tx) => stepOn(tx, id), { action: 'content.settle' });
  } catch (error) {
    if (violatedUnique(error) !== SLUG_INDEX) throw error;
    // While it was on its way, another document took its slug.
    return await postgres.transaction((tx) => stepOn(tx, id, 'SLUG_TAKEN'), { action: 'content.settle' });
  }
}

async function findSaga({ sql }: TenantPostgres, key: string, inputHash: string): Promise<Saga | undefined> {
  const [found] = await sql<Saga & { inputHash: string }>`
    select id::text, state, content_id::text as "contentId", event_id::text as "eventId", reason,
      input_hash as "inputHash"
    from sagas where idempotency_key = ${key}`;
  if (!found || found.inputHash === inputHash) return found;
  throw new PolygraphError('CONFLICT', 'This `idempotencyKey` was used for something else; take another.', {
    facts: { field: 'idempotencyKey' },
  });
}

interface NewSaga {
  readonly idempotencyKey: string;
  readonly inputHash: string;
  readonly withinMs: number;
}

async function insertSaga(
  tx: TenantTransaction,
  { tenantId, principal }: TenantContext,
  { body, topics, keywords, ...input }: CreateInput & { body: string },
  { idempotencyKey, inputHash, withinMs }: NewSaga,
): Promise<Saga> {
  const contentId = randomUUID();
  const slug = await freeSlug(tx, contentId, input);
  const content = await tx.content.create({
    data: {
      ...{ tenantId, id: contentId, slug, title: input.title, tags: input.tags ?? [], deletedAt: new Date() },
      ...{ summary: input.summary ?? null, licence: input.licence ?? null },
      authorId: principal.kind === 'user' ? principal.id : null,
    },
    select: CONTENT_FIELDS,
  });
  const { id: eventId } = await appendOutbox(tx, contentSaved(content, { body, topics, keywords }));
  const [saga] = await tx.$queryRaw<{ id: string }[]>`
    insert into sagas (idempotency_key, input_hash, content_id, event_id, deadline)
    values (${idempotencyKey}, ${inputHash}, ${contentId}::uuid, ${eventId}::uuid,
      now() + make_interval(secs => ${withinMs / 1_000}::float8))
    on conflict (tenant_id, idempotency_key) do nothing
    returning id::text`;
  if (!saga) throw new KeyTaken();
  return { id: saga.id, state: 'RUNNING', contentId, eventId, reason: null };
}

/** @throws PolygraphError CONFLICT where the slug that was asked for is another document's */
async function freeSlug(
  tx: TenantTransaction,
  id: string,
  { slug, title }: Pick<CreateInput, 'slug' | 'title'>,
): Promise<string> {
  const wanted = slug ?? (slugOf(title) || id);
  const taken = await tx.content.findFirst({ where: { slug: wanted, deletedAt: null }, select: { id: true } });
  if (!taken) return wanted;
  if (slug === undefined) return `${wanted}-${id.slice(0, 8)}`;
  throw slugTaken(wanted);
}

interface Step extends Saga {
  readonly arrived: boolean;
  readonly givenUp: boolean;
  readonly late: boolean;
}

/** @param obstacle why it cannot be done whatever the stores say */
async function stepOn(tx: TenantTransaction, id: string, obstacle?: Saga['reason']): Promise<Saga> {
  // Locked first: a statement that waits for the lock would still see deliveries as they were before.
  await tx.$queryRaw`select 1 from sagas where id = ${id}::uuid for update`;
  const [step] = await tx.$queryRaw<Step[]>`
    select s.id::text, s.state, s.content_id::text as "contentId", s.event_id::text as "eventId", s.reason,
      coalesce(bool_and(d.state = 'done'), true) as arrived,
      coalesce(bool_or(d.state = 'dead'), false) as "givenUp",
      s.deadline < now() as late
    from sagas s
    left join outbox o on o.id = s.event_id
    left join outbox_deliveries d on d.tenant_id = o.tenant_id and d.position = o.position
    where s.id = ${id}::uuid
    group by s.tenant_id, s.id`;
  if (!step) throw new TypeError('There is no such saga.');
  const { arrived, givenUp, late, ...saga } = step;
  if (saga.state !== 'RUNNING') return saga;
  const reason = obstacle ?? (givenUp ? 'GIVEN_UP' : late && !arrived ? 'TIME_OVER' : null);
  if (reason) return compensate(tx, saga, reason);
  if (!arrived) return saga;
  await tx.$queryRaw`
    update contents set deleted_at = null, updated_at = now()
    where id = ${saga.contentId}::uuid and deleted_at is not null`;
  return finish(tx, { ...saga, state: 'DONE' });
}

async function compensate(tx: TenantTransaction, saga: Saga, reason: Saga['reason']): Promise<Saga> {
  const [content] = await tx.content.updateManyAndReturn({
    where: { id: saga.contentId },
    data: { revision: { increment: 1 }, updatedAt: new Date() },
    select: CONTENT_FIELDS,
  });
  if (content) await appendOutbox(tx, contentDeleted(content));
  return finish(tx, { ...saga, state: 'COMPENSATED', reason });
}

async function finish(tx: TenantTransaction, saga: Saga): Promise<Saga> {
  await tx.$queryRaw`
    update sagas set state = ${saga.state}, reason = ${saga.reason}, finished_at = now() where id = ${saga.id}::uuid`;
  return saga;
}

export const slugTaken = (slug: string): PolygraphError =>
  new PolygraphError('CONFLICT', `Another document has the slug "${slug}"; choose another or rename that one.`, {
    facts: { field: 'slug' },
  });

class KeyTaken extends Error {}
const SLUG_INDEX = 'contents_slug';
