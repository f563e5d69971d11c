import type pg from 'pg';

/**
 * One statement in a transaction of its own, bound to a tenant, in one round
 * trip: BEGIN, set_config, the statement and COMMIT are sent together.
 *
 * The setting is local to the transaction, so a connection in the pool never
 * holds a tenant. Both ends are checked: the server must have confirmed exactly
 * this tenant, and must have committed (an aborted transaction answers COMMIT
 * with the tag ROLLBACK and no error). After any doubt the connection is closed.
 */
export async function queryAsTenant(
  pool: pg.Pool,
  tenantId: string,
  statement: pg.QueryArrayConfig<unknown[]>,
): Promise<pg.QueryArrayResult<unknown[]>> {
  const client = await pool.connect();
  const lost = (): void => undefined;
  client.on('error', lost);
  try {
    const [, setting, result, commit] = await together(client, () =>
      Promise.all([
        client.query('BEGIN'),
        client.query<{ tenant: string }>("SELECT set_config('app.tenant', $1, true) AS tenant", [tenantId]),
        client.query(statement),
        client.query('COMMIT'),
      ]),
    );
    if (setting.rows[0]?.tenant !== tenantId) throw new Error('PostgreSQL did not confirm the tenant.');
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

/** The driver writes each message by itself; this makes one packet of what `send` says before it waits. */
function together<T>({ connection: { stream } }: pg.PoolClient, send: () => Promise<T>): Promise<T> {
  stream.cork();
  try {
    return send();
  } finally {
    stream.uncork();
  }
}
