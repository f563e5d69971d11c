import type pg from 'pg';
import { type Placement, SHARED_SCHEMA } from './placement.ts';

/**
 * One statement in a transaction of its own, bound to a tenant and its place, in
 * one round trip: BEGIN, set_config, the statement and COMMIT are sent together.
 *
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
  const lost = (): void => undefined;
  client.on('error', lost);
  try {
    const [, confirmed, result, commit] = await together(client, () =>
      Promise.all([
        client.query('BEGIN'),
        client.query<unknown[]>({ text: textFor(settings.length), values: settings.flat(), rowMode: 'array' }),
        client.query(statement),
        client.query('COMMIT'),
      ]),
    );
    if (!settings.every(([, value], index) => confirmed.rows[0]?.[index] === value)) {
      throw new Error('PostgreSQL did not confirm the tenant.');
    }
    if (commit.command !== 'COMMIT') throw new Error('PostgreSQL did not commit.');
    client.removeListener('error', lost);
    client.release();
    return result;
  } catch (error) {
    client.removeListener('error', lost);
    client.release(error instanceof Error ? error : true);
    throw error;
  }
}

/** The start of a transaction of several statements, bound alike. */
export function beginAsTenant(placement: Placement): string {
  // Parameters are impossible in SET; `placementOf` made each value from an id that it checked to be a UUID.
  const set = settingsOf(placement).map(([name, value]) => `SET LOCAL ${name} = ${quoted(name, value)}`);
  return ['BEGIN', ...set].join('; ');
}

/** Policies hold the tenant's role too, so within a place of its own there are two walls. */
function settingsOf(placement: Placement): readonly (readonly [name: string, value: string])[] {
  const tenant = ['app.tenant', placement.tenantId] as const;
  if (placement.kind !== 'schema') return [tenant];
  // Extensions lie in the shared schema; its tables are closed to the role.
  return [tenant, ['role', placement.name], ['search_path', `${placement.name}, ${SHARED_SCHEMA}`]];
}

const textFor = (settings: number): string =>
  `SELECT ${Array.from({ length: settings }, (_, at) => `set_config($${2 * at + 1}, $${2 * at + 2}, true)`).join(', ')}`;

const quoted = (name: string, value: string): string => (name === 'search_path' ? value : `'${value}'`);

/** The driver writes each message by itself; this makes one packet of what `send` says before it waits. */
function together<T>({ connection: { stream } }: pg.PoolClient, send: () => Promise<T>): Promise<T> {
  stream.cork();
  try {
    return send();
  } finally {
    stream.uncork();
  }
}
