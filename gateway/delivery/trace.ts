import { isErrorCode } from '#platform/errors';
import type { GatewayContext } from '../execution/operation.ts';
import type { OperationResult } from './steps.ts';

/** Notes the outcome and, where the caller asked, shows what the operation took. */
export function traced(result: OperationResult, context: GatewayContext): OperationResult {
  const { trace, showTrace, requestId } = context;
  const code = result.errors?.[0]?.extensions?.code;
  trace.code = isErrorCode(code) ? code : undefined;
  const cost = costOf(context);
  if (!showTrace) return cost && context.dryRun ? { ...result, extensions: { ...result.extensions, cost } } : result;
  const polygraph = { requestId, storeQueries: trace.storeQueries ?? {}, fetches: trace.fetches };
  const cache = trace.cache ? { cache: trace.cache } : {};
  return { ...result, extensions: { ...result.extensions, ...cache, ...(cost ? { cost } : {}), polygraph } };
}

/** Settles the bill, now that it is known what the stores were asked. */
function costOf({ trace: { cost, storeQueries } }: GatewayContext): object | undefined {
  if (!cost) return undefined;
  const { estimate, budget, bill } = cost;
  const actual = bill?.settle(storeQueries);
  return { estimated: estimate.points, ...(actual === undefined ? {} : { actual }), ...pick(estimate), budget };
}

const pick = ({ objects, queries }: { objects: number; queries: number }) => ({ objects, queries });
