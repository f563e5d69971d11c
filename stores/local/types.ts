import type { Logger } from '#platform/log';
import type { StoreName } from '#platform/tally';
import type { Secrets } from './secrets.ts';

/** What stands in the table that `polygraph start` prints. */
export interface LocalStoreRow {
  readonly store: StoreName;
  readonly version: string;
  /** host:port */
  readonly address: string;
  readonly dataDir: string;
  readonly pid: number;
  readonly startedInMs: number;
}

/** The settings that lead to a store; the names are those of platform/settings.ts. */
export type StoreEnvironment = Readonly<Record<string, string>>;

export interface RunningStore {
  readonly row: Omit<LocalStoreRow, 'startedInMs'>;
  readonly environment: StoreEnvironment;
  /** Resolves with the exit code or the signal when it has ended, for whatever reason. */
  readonly ended: Promise<string>;
  /** Stops it as its makers recommend; kills it when that takes too long. Never rejects. */
  stop(): Promise<void>;
}

export interface LaunchOptions {
  /** The folder of this run: data, logs, secrets and pid files of all four stores lie in it. */
  readonly dir: string;
  /** Where the servers' programs are installed; shared by all runs of one clone. */
  readonly toolsDir: string;
  readonly secrets: Secrets;
  /** false trades safety of the data against speed; for tests only. */
  readonly durable: boolean;
  readonly log: Logger;
  /** Told about what takes long, one line at a time. */
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
  /** Of a store that is started again: its clients know the port, so no other will do. */
  readonly keepPort?: boolean;
}

/** One kind of local store. `launch` resolves when the store answers an authenticated statement. */
export interface LocalStore {
  readonly name: StoreName;
  /** The variable that makes starting it here unnecessary. */
  readonly variable: string;
  launch(options: LaunchOptions): Promise<RunningStore>;
}

/** A failure a person at the terminal can do something about; the message says what. */
export class LocalStoreError extends Error {
  override readonly name = 'LocalStoreError';
}
