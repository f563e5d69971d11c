import type { Projection, ProjectionTenant } from '#operations/projections/projection';
import { findPolygraphError } from '#platform/errors';
import type { Logger } from '#platform/log';
import { OUTBOX_VERSION, OutboxEvent } from '#stores/postgres/outbox';
import type { Claim, Delivery, OutboxQueue } from '#stores/postgres/outbox/queue';
import { backOff } from './pace.ts';
import type { Returns } from './returns.ts';

export interface DeliverOptions {
  queue: OutboxQueue;
  /** Of the rest of a claim, when the outbox can take it. */
  giveBack: Returns['giveBack'];
  openTenant: (tenantId: string) => Promise<ProjectionTenant>;
  log: Logger;
  maxAttempts: number;
  /** First wait after a failed attempt; it doubles up to five minutes. */
  retryMs: number;
  random: () => number;
}

interface Readable {
  delivery: Delivery;
  event: OutboxEvent;
}

/**
 * Applies what was claimed, then marks it. A crash between the two delivers again, which is harmless.
 * @throws what no event is to blame for (STORE_UNAVAILABLE, too little time); the rest has then been given back
 */
export async function deliver(claim: Claim, projection: Projection, options: DeliverOptions): Promise<void> {
  const left = new Map(claim.deliveries.map((delivery) => [delivery.position, delivery]));
  const settle = async (items: readonly Readable[]): Promise<void> => {
    const positions = items.map(({ delivery }) => delivery.position);
    await options.queue.settle(claim, positions);
    for (const position of positions) left.delete(position);
  };
  const fail = async (delivery: Delivery, error: unknown): Promise<void> => {
    await giveUpOrRetry(claim, delivery, error, options);
    left.delete(delivery.position);
  };

  const openTenant = async (): Promise<ProjectionTenant | undefined> => {
    try {
      return await options.openTenant(claim.tenantId);
    } catch (error) {
      if (isElsewhere(error)) throw error;
      for (const delivery of claim.deliveries) await fail(delivery, error);
      return undefined;
    }
  };

  try {
    const tenant = await openTenant();
    if (!tenant) return;
    const readable: Readable[] = [];
    for (const delivery of claim.deliveries) {
      const event = readEvent(delivery);
      if (event instanceof Error) await fail(delivery, event);
      else readable.push({ delivery, event });
    }
    const project = (items: readonly Readable[]): Promise<void> =>
      within(claim, items.length, () =>
        projection.project(
          tenant,
          items.map(({ event }) => event),
        ),
      );

    if (readable.length > 1) {
      const failure = await attempt(() => project(readable));
      if (!failure) return await settle(readable);
      options.log.info({ err: failure, target: claim.target }, 'a batch was refused; delivering its events one by one');
    }
    for (const item of readable) {
      const failure = await attempt(() => project([item]));
      if (failure) await fail(item.delivery, failure);
      else await settle([item]);
    }
  } catch (error) {
    await options.giveBack(claim, [...left.keys()], codeOf(error));
    throw error;
  }
}

/** Returns the error that the events are to blame for; throws what has nothing to do with them. */
async function attempt(run: () => Promise<void>): Promise<Error | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    if (isElsewhere(error)) throw error;
    return error instanceof Error ? error : new Error(String(error));
  }
}

const isElsewhere = (error: unknown): boolean =>
  error instanceof TooMuch || NOBODYS_FAULT.has(findPolygraphError(error)?.code ?? '');

const NOBODYS_FAULT = new Set(['STORE_UNAVAILABLE', 'TENANT_MOVING']);

async function giveUpOrRetry(claim: Claim, delivery: Delivery, error: unknown, options: DeliverOptions): Promise<void> {
  const { queue, log, maxAttempts, retryMs, random } = options;
  const delayMs = backOff(delivery.attempt - 1, { baseMs: retryMs, maxMs: 300_000, random });
  const code = codeOf(error);
  const state = await queue.fail(claim, delivery.position, code, delayMs, maxAttempts);
  const facts = { err: error, code, tenant: claim.tenantId, target: claim.target, position: String(delivery.position) };
  if (state === 'dead') log.error(facts, 'a change was given up; `replayDead` tries it again');
  else log.warn({ ...facts, attempt: delivery.attempt }, 'a change could not be projected; trying again');
}

function readEvent({ event, version }: Delivery): OutboxEvent | Error {
  if (version > OUTBOX_VERSION) return new DeliveryError('EVENT_TOO_NEW', `Event version ${version} is newer than us.`);
  const parsed = OutboxEvent.safeParse(event);
  return parsed.success ? parsed.data : new DeliveryError('EVENT_INVALID', parsed.error.message);
}

/** Nothing may be applied after the lease: another relay may be at it, and past it. */
async function within(claim: Claim, events: number, run: () => Promise<void>): Promise<void> {
  const ms = claim.deadline - performance.now();
  if (ms <= 0) throw new TooMuch();
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    const late =
      events > 1 ? new TooMuch() : new DeliveryError('TIMEOUT', 'The projection took longer than its lease.');
    timer = setTimeout(() => reject(late), ms);
  });
  try {
    await Promise.race([run(), over]);
  } finally {
    clearTimeout(timer);
  }
}

function codeOf(error: unknown): string {
  if (error instanceof DeliveryError) return error.code;
  return findPolygraphError(error)?.code ?? 'INTERNAL';
}

/** An operator reads the code in `last_error_code`; the message may hold a tenant's value and goes to the log alone. */
export class DeliveryError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The claim held more than the lease has time for; nothing in it is to blame, and the next one is smaller. */
class TooMuch extends DeliveryError {
  constructor() {
    super('LEASE_OVER', 'The lease ended before everything in it was delivered.');
  }
}
