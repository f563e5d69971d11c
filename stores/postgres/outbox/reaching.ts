import { unavailable } from '../../breaker.ts';
import { isUnreachable } from '../errors.ts';

/** Runs statements of the relay's role. @throws PolygraphError STORE_UNAVAILABLE where PostgreSQL is out of reach */
export async function reaching<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw isUnreachable(error) ? unavailable('postgres', error) : error;
  }
}
