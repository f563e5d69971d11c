import type { ClientSession, MongoClient } from 'mongodb';
import { unavailable } from '../breaker.ts';
import { isMongoUnreachable } from './unreachable.ts';

/** How often a transaction that loses a write conflict starts again. */
const ATTEMPTS = 25;

/**
 * Runs a transaction, again where it lost a race. `run` may therefore be called
 * several times and does nothing outside MongoDB.
 * @throws PolygraphError STORE_UNAVAILABLE where the store is out of reach or the race cannot be won in time
 */
export async function runTransaction<T>(
  client: MongoClient,
  budgetMs: number,
  run: (session: ClientSession) => Promise<T>,
): Promise<T> {
  const deadline = Date.now() + budgetMs;
  let attempt = 0;
  try {
    return await client.withSession((session) =>
      session.withTransaction(
        async () => {
          attempt += 1;
          if (attempt > ATTEMPTS || Date.now() > deadline) throw new TransactionLost();
          return run(session);
        },
        { readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority', j: true }, maxCommitTimeMS: budgetMs },
      ),
    );
  } catch (error) {
    if (error instanceof TransactionLost || isMongoUnreachable(error)) throw unavailable('mongo', error);
    throw error;
  }
}

class TransactionLost extends Error {
  override readonly name = 'TransactionLost';
  override readonly message = 'The transaction met the same conflict too often.';
}
