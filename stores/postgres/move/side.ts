import pg from 'pg';
import { type Placement, schemaOf, urlIn } from '../placement.ts';

/** One of the two places of a move, as the migrator sees it: the rows of this one tenant. */
export interface Side {
  readonly placement: Placement;
  readonly schema: string;
  readonly client: pg.Client;
  close(): Promise<void>;
}

/** @param url the migrator's */
export async function openSide(url: string, placement: Placement): Promise<Side> {
  const client = new pg.Client({
    connectionString: urlIn(url, placement),
    application_name: 'polygraph move',
    connectionTimeoutMillis: 10_000,
  });
  // A connection that is lost fails its statement; without a listener it would end the process, too.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await actFor(client, placement.tenantId);
    // Equal values have equal text on both sides.
    await client.query(`SET timezone = 'UTC'; SET datestyle = 'ISO'; SET extra_float_digits = 1`);
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  return { placement, client, schema: schemaOf(placement), close: () => client.end().catch(() => undefined) };
}

/** Policies hold the migrator where it is no superuser. Rows bring their audit along; being moved is no change of them. */
export async function actFor(client: pg.Client, tenantId: string): Promise<void> {
  await client.query(
    `SELECT set_config('app.tenant', $1, false), set_config('app.audit', 'moved with its rows', false)`,
    [tenantId],
  );
}

export async function within<T>(client: pg.Client, begin: string, work: () => Promise<T>): Promise<T> {
  await client.query(begin);
  try {
    const result = await work();
    const { command } = await client.query('COMMIT');
    if (command !== 'COMMIT') throw new Error('PostgreSQL did not commit.');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
