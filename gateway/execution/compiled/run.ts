import type { GatewayContext } from '../operation.ts';
import type { Fields } from './objects.ts';

/** One operation while its fetches run. */
export interface Run {
  /** Merged from all fetches so far. */
  readonly data: Fields;
  /** As the client gave them. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly errors: unknown[];
  readonly context: GatewayContext;
}

/** A node of the plan, compiled. It rejects only where data are not of the schema's form at all. */
export type Step = (run: Run) => Promise<void>;

/** A fetch that fails costs its fields; the plan goes on. */
export function guarded(step: Step): Step {
  return async (run) => {
    try {
      await step(run);
    } catch (error) {
      run.errors.push(error);
    }
  };
}
