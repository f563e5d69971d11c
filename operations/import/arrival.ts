import { setTimeout as sleep } from 'node:timers/promises';
import type { TenantPostgres } from '#stores/postgres/index';
import type { Progress } from './progress.ts';

export interface ArrivalOptions {
  /** Of the tenants whose changes are waited for. */
  postgres: readonly TenantPostgres[];
  progress: Progress;
  /** Carries changes for a moment; absent where another process runs the relay. */
  drive?: () => Promise<void>;
  /** Given up when nothing moves for so long; what waits arrives when its store, or the relay, is back. */
  patienceMs?: number;
}

/**
 * Waits until what was written to PostgreSQL has reached the other stores.
 * @returns how many changes still wait
 */
export async function waitForArrival({
  postgres,
  progress,
  drive = () => sleep(250),
  patienceMs = 30_000,
}: ArrivalOptions): Promise<number> {
  const countPending = async (): Promise<number> => sum(await Promise.all(postgres.map(pendingOf)));
  const total = await countPending();
  if (total === 0) return 0;

  const step = progress.begin('changes carried to the other stores', total);
  let left = total;
  let movedAt = performance.now();
  while (left > 0 && performance.now() - movedAt < patienceMs) {
    await drive();
    const now = await countPending();
    if (now >= left) continue;
    step.advance(left - now);
    left = now;
    movedAt = performance.now();
  }
  step.end(
    left === 0 ? `all ${total}` : `${total - left} of ${total}; the others go on when their store and Polygraph run`,
  );
  return left;
}

async function pendingOf(postgres: TenantPostgres): Promise<number> {
  const rows = await postgres.sql<{ pending: number }>`
    select count(*)::int as pending from outbox_deliveries where state = 'pending'`;
  return rows[0]?.pending ?? 0;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
