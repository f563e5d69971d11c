import type { ProjectionTarget } from '#stores/postgres/outbox';
import type { LoggedContent } from '#stores/postgres/outbox/log';

/** In what way a store differs from what PostgreSQL says it should hold. */
export type Drift =
  /** It does not hold the document. */
  | 'missing'
  /** It holds an earlier revision, and nothing waits that would bring the later one. */
  | 'behind'
  /** It holds a revision that PostgreSQL does not know: one of the two was restored from a copy. */
  | 'ahead'
  /** The revision is right and something else is not. */
  | 'different'
  /** PostgreSQL does not know the document. */
  | 'orphan';

/** What one store holds of a tenant's documents, and how it is put right. */
export interface Holding {
  readonly target: ProjectionTarget;
  /** What is held of these documents, those that are not held left out. */
  read(ids: readonly string[]): Promise<ReadonlyMap<string, Held>>;
  /** Ids of what is held, in order. */
  list(after: string | undefined, limit: number): Promise<readonly string[]>;
  /**
   * Forgets which revision is held, so that the projection of any replaces it.
   * @returns false where it meanwhile holds another revision, and is not to be touched
   */
  forget(id: string, revision: number): Promise<boolean>;
  /** Takes out what PostgreSQL does not know. Undefined where the store cannot hold such a thing. */
  readonly remove?: (ids: readonly string[]) => Promise<void>;
}

export interface Held {
  readonly revision: number;
  /** Whether all but the revision is as it should be. */
  matches(logged: LoggedContent): boolean;
}

/** The revision that every store is to hold of a document. */
export const revisionOf = ({ saved, deleted }: LoggedContent): number => (deleted ?? saved).payload.revision;

export const idOf = ({ saved }: LoggedContent): string => saved.entityId;
