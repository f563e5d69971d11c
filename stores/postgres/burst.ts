import type pg from 'pg';
import { type Placement, SHARED_SCHEMA } from './placement.ts';
import { readRefusal } from './refusal.ts';

/**
 * One read in a transaction of its own, bound to a tenant and its place, in one
 * round trip: BEGIN with `enter_place` and set_config, the statement and COMMIT
 * are sent together.
 *
 * A place that the tenant does not live in refuses with the first, so the second
 * does not run; both see the same moment, so a move between them changes nothing.
 * The settings are local to the transaction, so a connection in the pool never
 * holds a tenant or its role. Both ends are checked: the server must have
 * confirmed exactly these, and must have committed (an aborted transaction
 * answers COMMIT with the tag ROLLBACK and no error). After any doubt the
 * connection is closed.
 */
export async function queryAsTenant(
  pool: pg.Pool,
  placement: Placement,
  statement: pg.QueryArrayConfig<unknown[]>,
): Promise<pg.QueryArrayResult<unknown[]>> {
  const settings = settingsOf(placement);
  const client = await pool.connect();
  const sent = together(
    client,
    () =>
      [
        // One text without parameters costs a third of what BEGIN and a statement with parameters do.
        client.query<unknown[]>({ text: `${BEGIN_READ}; ${bind(placement, settings)}`, rowMode: 'array' }),
        client.query(statement),
        client.query('COMMIT'),
      ] as const,
  );
  try {
    const [begun, result, commit] = await Promise.all(sent);
    const confirmed = lastRow(begun);
    if (!settings.every(([, value], index) => confirmed?.[index + 1] === value)) {
      throw new Error('PostgreSQL did not confirm the tenant.');
    }
    if (commit.command !== 'COMMIT') throw new Error('PostgreSQL did not commit.');
    client.release();
    return result;
  } catch (error) {
    const refusal = readRefusal(error);
    // The COMMIT that was sent has ended what was refused.
    if (refusal) await Promise.allSettled(sent);
    client.release(refusal ? undefined : error instanceof Error ? error : true);
    throw refusal ?? error;
  }
}

/** The start of a transaction of several statements, which may write, bound alike. */
export function beginAsTenant(placement: Placement): string {
  const { tenantId, kind, generation = 'NULL' } = placement;
  const set = settingsOf(placement).map(([name, value]) => `SET LOCAL ${name} = ${quoted(name, value)}`);
  return ['BEGIN', `SELECT public.enter_place('${tenantId}', '${kind}', ${generation}, true)`, ...set].join('; ');
}

/**
 * Policies hold the tenant's role too, so within a place of its own there are two walls. The values stand in
 * statements as text: `placementAt` made each of them from an id that it checked to be a UUID.
 */
function settingsOf(placement: Placement): readonly (readonly [name: string, value: string])[] {
  const tenant = ['app.tenant', placement.tenantId] as const;
  if (placement.kind !== 'schema') return [tenant];
  // Extensions lie in the shared schema; its tables are closed to the role.
  return [tenant, ['role', placement.name], ['search_path', `${placement.name}, ${SHARED_SCHEMA}`]];
}

/** Who may call `enter_place` is asked before the role changes: columns are computed from left to right. */
function bind({ tenantId, kind, generation }: Placement, settings: ReturnType<typeof settingsOf>): string {
  const enter = `public.enter_place('${tenantId}', '${kind}', ${generation ?? 'NULL'}, false)`;
  const set = settings.map(([name, value]) => `set_config('${name}', '${value}', true)`);
  return `SELECT ${[enter, ...set].join(', ')}`;
}

/** pg answers several statements in one text with a list of results, which its types do not say. */
function lastRow(results: pg.QueryArrayResult): readonly unknown[] | undefined {
  const last = [results].flat().at(-1);
  return last?.rows[0];
}

const BEGIN_READ = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';

const quoted = (name: string, value: string): string => (name === 'search_path' ? value : `'${value}'`);

/** The driver writes each message by itself; this makes one packet of what `send` says before it waits. */
function together<T>({ connection: { stream } }: pg.PoolClient, send: () => T): T {
  stream.cork();
  try {
    return send();
  } finally {
    stream.uncork();
  }
}
