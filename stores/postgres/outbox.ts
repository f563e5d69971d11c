import { z } from 'zod';

/** The projections that learn of a change, each on its own and in its own time. */
export const PROJECTION_TARGETS = ['DOCUMENTS', 'GRAPH', 'SEARCH'] as const;
export type ProjectionTarget = (typeof PROJECTION_TARGETS)[number];

/** A document as it is after the change. `body`, `topics`, `keywords` and `dependencies` are there only when they changed. */
export const ContentSaved = z.strictObject({
  kind: z.literal('content.saved'),
  entity: z.literal('Content'),
  entityId: z.uuid(),
  payload: z.strictObject({
    contentId: z.uuid(),
    /** Grows by one with every change; a projection ignores what is not newer than what it holds. */
    revision: z.int().positive(),
    title: z.string(),
    slug: z.string(),
    summary: z.string().nullable(),
    status: z.enum(['DRAFT', 'PUBLISHED', 'ARCHIVED']),
    authorId: z.uuid().nullable(),
    tags: z.array(z.string()),
    licence: z.string().nullable(),
    source: z.string().nullable(),
    publishedAt: z.iso.datetime().nullable(),
    body: z.string().exactOptional(),
    topics: z.array(z.strictObject({ name: z.string(), relevance: z.number().min(0).max(1) })).exactOptional(),
    keywords: z.array(z.string()).exactOptional(),
    /** Names of the packages the document's package needs. */
    dependencies: z.array(z.string()).exactOptional(),
  }),
});
export type ContentSaved = z.infer<typeof ContentSaved>;

export const ContentDeleted = z.strictObject({
  kind: z.literal('content.deleted'),
  entity: z.literal('Content'),
  entityId: z.uuid(),
  payload: z.strictObject({ contentId: z.uuid(), revision: z.int().positive() }),
});
export type ContentDeleted = z.infer<typeof ContentDeleted>;

export const OutboxEvent = z.discriminatedUnion('kind', [ContentSaved, ContentDeleted]);
export type OutboxEvent = z.infer<typeof OutboxEvent>;

/** What followers of the changes are told, and no projection has anything to do with. */
export interface Notice {
  readonly kind: 'budget.alert';
  readonly entity: 'BudgetAlert';
  /** UUID */
  readonly entityId: string;
  readonly payload: object;
}

/** Grows when the shape of an event changes; a relay leaves newer ones to newer relays. */
export const OUTBOX_VERSION = 1;

/** The relay listens here. The message is empty: any role may listen, so it must not name a tenant. */
export const OUTBOX_CHANNEL = 'polygraph_outbox';

/** The part of Prisma's interactive transaction that is needed here. */
export interface OutboxTransaction {
  $queryRaw<T>(query: TemplateStringsArray, ...values: unknown[]): PromiseLike<T>;
}

export interface OutboxReceipt {
  /** Orders the events of one entity. Positions are shared by all tenants, so their gaps tell how much others write: never show one. */
  readonly position: bigint;
  /** UUID of the event; what clients may see. */
  readonly id: string;
}

/**
 * Leaves an event for the other stores, inside the transaction that makes the change:
 * both are there, or neither. Call it after the entity's row was written, whose lock
 * keeps the events of one entity in order. The tenant is the transaction's.
 */
export async function appendOutbox(tx: OutboxTransaction, event: OutboxEvent): Promise<OutboxReceipt> {
  const [receipt] = await appendOutboxAll(tx, [event]);
  if (!receipt) throw new Error('The outbox returned no position for an event.');
  return receipt;
}

/** As `appendOutbox`, for many events in one statement. The receipts are in the order of the events. */
export async function appendOutboxAll(
  tx: OutboxTransaction,
  events: readonly OutboxEvent[],
): Promise<readonly OutboxReceipt[]> {
  if (events.length === 0) return [];
  const rows = JSON.stringify(events.map(({ entityId, ...rest }) => ({ ...rest, entity_id: entityId })));
  const targets = [...PROJECTION_TARGETS];
  const appended = await tx.$queryRaw<{ position: string; id: string }[]>`
    with event as (
      insert into outbox (entity, entity_id, kind, version, payload)
      select entity, entity_id, kind, ${OUTBOX_VERSION}::smallint, payload
      from jsonb_to_recordset(${rows}::jsonb) as given (entity text, entity_id uuid, kind text, payload jsonb)
      returning position, id, entity_id
    ), delivery as (
      insert into outbox_deliveries (position, target, entity_id)
      select position, target, entity_id from event cross join unnest(${targets}::text[]) as target
    ), woken as materialized (
      select pg_notify(${OUTBOX_CHANNEL}, '')::text as notified
    )
    select position::text, id::text from event cross join woken order by event.position`;
  return appended.map(({ position, id }) => ({ position: BigInt(position), id }));
}

/** Leaves a notice inside the transaction; it waits for no delivery. */
export async function appendNotice(tx: OutboxTransaction, { kind, entity, entityId, payload }: Notice): Promise<void> {
  await tx.$queryRaw`
    insert into outbox (entity, entity_id, kind, version, payload)
    values (${entity}, ${entityId}::uuid, ${kind}, ${OUTBOX_VERSION}::smallint, ${JSON.stringify(payload)}::jsonb)`;
}
