import pg from 'pg';
import { urlOfRole } from '../roles.ts';
import { type NewConnection, saveConnection } from './record.ts';

/** `admin.database_connections`, for operators. Never reachable from a resolver. */
export interface ConnectionList {
  /** Adds a connection, or changes the one of that name. */
  save(connection: NewConnection): Promise<void>;
  /** @returns false where there is none of that name */
  remove(name: string): Promise<boolean>;
  close(): Promise<void>;
}

/** @param url the migrator's */
export function openConnectionList(url: string, secrets: readonly [string, ...string[]]): ConnectionList {
  const pool = new pg.Pool({ connectionString: urlOfRole(url, 'provision', secrets), max: 1 });
  pool.on('error', () => undefined);
  return {
    save: (connection) => saveConnection(pool, connection, secrets),
    async remove(name) {
      const text = 'DELETE FROM admin.database_connections WHERE connection_name = $1';
      return (await pool.query(text, [name])).rowCount === 1;
    },
    close: () => pool.end(),
  };
}
