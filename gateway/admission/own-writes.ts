import type { IncomingHttpHeaders } from 'node:http';
import { PolygraphError } from '#platform/errors';
import { UUID_IN_ANY_CASE } from '#platform/uuid';
import type { Postgres } from '#stores/postgres/index';
import { awaitArrival } from '#stores/postgres/outbox/arrival';
import type { TenantContext } from '#tenancy/context';

/**
 * Lets a caller read what it wrote, in whatever store. A mutation answers `position`; a request that sends it back as
 * `x-polygraph-after` (several with commas) is served when every projection has applied it, or refused. It waits at
 * most `x-polygraph-wait-ms`, two seconds where it does not say.
 *
 * @returns whether the caller asked for its own writes: then no kept answer will do
 * @throws PolygraphError NOT_VISIBLE_YET, BAD_USER_INPUT, LIMIT_EXCEEDED, STORE_UNAVAILABLE
 */
export type AwaitOwnWrites = (tenant: TenantContext, headers: IncomingHttpHeaders) => Promise<boolean>;

export function createOwnWrites(postgres: Pick<Postgres, 'forTenant'>): AwaitOwnWrites {
  return async (tenant, { 'x-polygraph-after': after, 'x-polygraph-wait-ms': wait }) => {
    if (after === undefined) return false;
    const positions = readPositions(String(after));
    const withinMs = readWait(wait);
    const { waiting, dead, unknown } = await awaitArrival(postgres.forTenant(tenant), positions, { withinMs });
    // The same for a position of another tenant, one that never was, and one so old that nothing can wait for it.
    if (unknown.length > 0) throw badInput('`x-polygraph-after` names a change that is not kept; send none.');
    if (waiting.length === 0 && dead.length === 0) return true;
    const why = dead.length > 0 ? `gave it up (${dead.join(', ')})` : `have not taken it (${waiting.join(', ')})`;
    throw new PolygraphError('NOT_VISIBLE_YET', `Some stores ${why} after ${withinMs} ms.`, {
      facts: { waiting, dead, waitedMs: withinMs },
    });
  };
}

function readPositions(text: string): string[] {
  const positions = text.split(',').map((part) => part.trim());
  if (positions.length > MOST_POSITIONS) {
    throw new PolygraphError('LIMIT_EXCEEDED', `\`x-polygraph-after\` names at most ${MOST_POSITIONS} changes.`, {
      facts: { argument: 'x-polygraph-after', limit: MOST_POSITIONS, given: positions.length },
    });
  }
  if (positions.every((position) => UUID_IN_ANY_CASE.test(position))) return positions;
  throw badInput('`x-polygraph-after` takes the `position` that a mutation answered, or several with commas.');
}

function readWait(text: string | string[] | undefined): number {
  const ms = text === undefined ? USUAL_WAIT_MS : Number(text);
  if (Number.isInteger(ms) && ms >= 0 && ms <= LONGEST_WAIT_MS) return ms;
  throw new PolygraphError('LIMIT_EXCEEDED', `\`x-polygraph-wait-ms\` is from 0 to ${LONGEST_WAIT_MS}.`, {
    facts: { argument: 'x-polygraph-wait-ms', limit: LONGEST_WAIT_MS },
  });
}

const badInput = (message: string): PolygraphError => new PolygraphError('BAD_USER_INPUT', message);
const MOST_POSITIONS = 10;
const USUAL_WAIT_MS = 2_000;
/** Less than an operation may take, so that there is time left to answer it. */
const LONGEST_WAIT_MS = 5_000;
