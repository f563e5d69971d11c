import type { StoreName } from './tally.ts';

/** One statement or command, as its adapter sent it to a store for an operation. */
export interface Statement {
  readonly store: StoreName;
  /** SQL, Cypher, or for MongoDB and Redis the command with its values as JSON. */
  readonly text: string;
  /** The tenant that the adapter bound it to; undefined where none was bound or nobody said. */
  readonly tenantId: string | undefined;
}

export type DescribeStatement = () => Pick<Statement, 'text' | 'tenantId'>;

/**
 * Shows every statement that operations of this process send from now on, values
 * of all tenants included. For tests that read what is sent; nothing of the
 * product may call it, and while nobody does, no statement is even described.
 * @returns ends it
 */
export function dangerouslyWatchStatements(watch: (statement: Statement) => void): () => void {
  watchers.add(watch);
  return () => void watchers.delete(watch);
}

/** Called by `tally`. */
export function noteStatement(store: StoreName, describe: DescribeStatement): void {
  for (const watch of watchers) watch({ store, ...describe() });
}

const watchers = new Set<(statement: Statement) => void>();
