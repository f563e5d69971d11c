import path from 'node:path';
import pg from 'pg';
import { createLogger } from '#platform/log';
import { startLocalStores } from '#stores/local/index';
import { emptyStores } from '#test/kit/empty-stores';

/** Four real stores that all mutants share, one after the other. */
export interface SharedStores {
  /** Empties them, with what a run that was cut short left. @returns their addresses */
  fresh(): Promise<Readonly<Record<string, string>>>;
  stop(): Promise<void>;
}

export async function startSharedStores(
  dir: string,
  signal: AbortSignal,
  progress: (line: string) => void,
): Promise<SharedStores> {
  const log = createLogger({ level: 'error' });
  const stores = await startLocalStores({ dir: path.join(dir, 'stores'), durable: false, log, signal, progress });
  return {
    async fresh() {
      await dropTestDatabases(stores.environment.DATABASE_URL ?? '');
      await emptyStores(stores.environment);
      return stores.environment;
    },
    stop: () => stores.stop(),
  };
}

/** Of tests that did not come to their end. Roles can go only after them. */
async function dropTestDatabases(url: string): Promise<void> {
  const admin = new pg.Client(Object.assign(new URL(url), { pathname: '/postgres' }).href);
  await admin.connect();
  try {
    const { rows } = await admin.query<{ name: string }>(
      `SELECT datname AS name FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'`,
    );
    for (const { name } of rows) await admin.query(`DROP DATABASE ${admin.escapeIdentifier(name)} WITH (FORCE)`);
  } finally {
    await admin.end();
  }
}
