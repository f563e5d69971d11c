import { isErrorCode } from '#platform/errors';
import type { GatewayContext } from '../execution/operation.ts';
import type { OperationResult } from './steps.ts';

/** Notes the outcome and, where the caller asked, shows what the operation took. */
export function traced(result: OperationResult, { trace, showTrace, requestId }: GatewayContext): OperationResult {
  const code = result.errors?.[0]?.extensions?.code;
  trace.code = isErrorCode(code) ? code : undefined;
  if (!showTrace) return result;
  const polygraph = { requestId, storeQueries: trace.storeQueries ?? {}, fetches: trace.fetches };
  const cache = trace.cache ? { cache: trace.cache } : {};
  return { ...result, extensions: { ...result.extensions, ...cache, polygraph } };
}
