import type { ErrorCode } from '#platform/errors';
import type { Logger } from '#platform/log';
import type { StoreCounts } from '#platform/tally';
import type { TenantContext } from '#tenancy/context';
import type { Bill, BudgetLeft } from '../admission/budget.ts';
import type { Estimate } from '../admission/cost.ts';
import type { Limit } from './deadline.ts';

/** What one request carries from identity to the last fetch; Apollo Server's context value. */
export interface GatewayContext {
  readonly tenant: TenantContext;
  readonly requestId: string;
  /** Its log is made when there is something to say, which mostly there is not. */
  readonly visitor: { readonly log: Logger };
  /** Ends when the time of the whole request is over. */
  readonly limit: Limit;
  /** Filled while the operation runs. */
  readonly trace: OperationTrace;
  /** The caller asked to see the trace in the answer. */
  readonly showTrace: boolean;
  /** The caller asks what the operation would cost, and not for its answer. */
  readonly dryRun?: boolean;
  /** The caller waited for its own writes: an answer that was kept may be older than they. */
  readonly readsOwnWrites: boolean;
  /** Set before the operation runs: no read that another began may answer it (alone.ts). */
  alone?: boolean;
}

export interface OperationTrace {
  fetches: number;
  storeQueries: StoreCounts | undefined;
  /** Of the first error in the answer. */
  code: ErrorCode | undefined;
  /** What came out of caches; absent where none was asked. */
  cache?: CacheTrace;
  /** Of what was charged for the operation; absent where nobody pays. */
  cost?: CostTrace;
}

export interface CostTrace {
  readonly estimate: Estimate;
  readonly budget: BudgetLeft;
  /** Absent for a dry run. */
  readonly bill?: Bill;
}

export interface CacheTrace {
  readonly operation?: { readonly outcome: 'hit' | 'stale' | 'miss' | 'bypass'; readonly ageSeconds: number };
  /** Root fields and entities that subgraphs were asked for, or not. */
  readonly parts?: { readonly hits: number; readonly misses: number };
}
