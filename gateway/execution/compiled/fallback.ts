/** Why an operation is run by @apollo/gateway's own executor; a label of the metrics. */
export type FallbackReason = 'defer' | 'subscription' | 'context' | 'unknown' | 'compiler';

/** The plan holds something that is not compiled. */
export class NotCompiledError extends Error {
  override readonly name = 'NotCompiledError';
  readonly reason: FallbackReason;

  constructor(reason: FallbackReason) {
    super(`The plan of the operation is not compiled: ${reason}.`);
    this.reason = reason;
  }
}
