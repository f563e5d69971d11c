import { sum } from './aggregate.ts';
import type { Documents } from './documents.ts';

/** What is added up over days, models or principals. */
export const USAGE_SUMS = {
  calls: sum<Documents['ai_usage_daily']>('calls'),
  tokensIn: sum<Documents['ai_usage_daily']>('tokensIn'),
  tokensOut: sum<Documents['ai_usage_daily']>('tokensOut'),
  costMicros: sum<Documents['ai_usage_daily']>('costMicros'),
} as const;
