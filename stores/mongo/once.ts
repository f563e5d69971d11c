import { createHash } from 'node:crypto';
import { findPolygraphError } from '#platform/errors';
import type { TenantMongo } from './index.ts';

export interface Once<Row> {
  /** As it is stored: of a repeated key, the one recorded first. */
  readonly row: Row;
  /** False where the key had been recorded before. */
  readonly recorded: boolean;
}

export interface OnceSteps<Row> {
  /** The rows that are there already, of these keys. */
  find(mongo: TenantMongo, keys: readonly string[]): Promise<readonly Row[]>;
  /** Inserts the others and changes whatever is counted from them. */
  insert(mongo: TenantMongo, fresh: readonly Row[]): Promise<void>;
}

/**
 * Records each row exactly once, by its idempotency key: looking, inserting and
 * counting are one transaction, so that a crash, a repeated call or two at once
 * end right. Many rows take one transaction for each 250.
 */
export async function recordOnce<Row extends Keyed>(
  mongo: TenantMongo,
  rows: readonly Row[],
  steps: OnceSteps<Row>,
): Promise<Once<Row>[]> {
  const recorded: Once<Row>[] = [];
  for (let start = 0; start < rows.length; start += BATCH) {
    recorded.push(...(await recordBatch(mongo, rows.slice(start, start + BATCH), steps)));
  }
  return recorded;
}

/** A UUID (version 8) that follows from its parts, so that a repeated call names the same row. */
export function idOf(kind: string, tenantId: string, idempotencyKey: string): string {
  const hex = createHash('sha256').update(`${kind}/${tenantId}/${idempotencyKey}`).digest('hex');
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  const last = `${variant}${hex.slice(18, 20)}`;
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, last, hex.slice(20, 32)].join('-');
}

interface Keyed {
  readonly idempotencyKey: string;
}

const BATCH = 250;
/** How often two callers with the same new key may meet before one gives up. */
const ATTEMPTS = 3;

async function recordBatch<Row extends Keyed>(
  mongo: TenantMongo,
  rows: readonly Row[],
  steps: OnceSteps<Row>,
): Promise<Once<Row>[]> {
  const wanted = new Map<string, Row>();
  for (const row of rows) if (!wanted.has(row.idempotencyKey)) wanted.set(row.idempotencyKey, row);
  const before = await insertNew(mongo, wanted, steps);
  const credited = new Set<string>();
  return rows.map((given) => {
    const { idempotencyKey: key } = given;
    const recorded = !before.has(key) && !credited.has(key);
    credited.add(key);
    return { row: before.get(key) ?? wanted.get(key) ?? given, recorded };
  });
}

/** @returns the rows that were there before, by idempotency key */
async function insertNew<Row extends Keyed>(
  mongo: TenantMongo,
  wanted: ReadonlyMap<string, Row>,
  steps: OnceSteps<Row>,
  attempt = 1,
): Promise<ReadonlyMap<string, Row>> {
  try {
    return await mongo.transaction(async (tx) => {
      const there = await steps.find(tx, [...wanted.keys()]);
      const before = new Map(there.map((row) => [row.idempotencyKey, row]));
      const fresh = [...wanted.values()].filter(({ idempotencyKey }) => !before.has(idempotencyKey));
      if (fresh.length > 0) await steps.insert(tx, fresh);
      return before;
    });
  } catch (error) {
    // Another call recorded one of the keys between our read and our insert: now the read will see it.
    const again = attempt < ATTEMPTS && findPolygraphError(error)?.code === 'CONFLICT';
    if (again) return insertNew(mongo, wanted, steps, attempt + 1);
    throw error;
  }
}
