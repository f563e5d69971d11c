import type pg from 'pg';
import type { MoveRecord, MoveStep } from './record.ts';
import type { Side } from './side.ts';

/** Where a move is; told as it gets there. The steps that are recorded, and what lies between. */
export type MovePoint = MoveStep | 'place made' | 'paused' | 'announced' | 'closed' | 'switched' | 'rows removed';

/** A move under way. */
export interface Moving {
  readonly move: MoveRecord;
  /** To the shared database, with the tenant set. */
  readonly admin: pg.Client;
  readonly source: Side;
  readonly target: Side;
  /** Of the new address. */
  readonly generation: number;
  /** How long transactions of the tenant may take to end before the switch. */
  readonly drainMs: number;
  /** Renews the target's copy of what is kept in the shared tables for every tier. */
  copyRegistry(): Promise<void>;
  point(name: MovePoint): Promise<void>;
}
