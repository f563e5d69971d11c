import type { Limit } from './deadline.ts';

/** A GraphQL answer as it comes from a subgraph, over whichever way. */
export interface SubgraphAnswer {
  readonly data?: unknown;
  readonly errors?: readonly SubgraphAnswerError[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

export interface SubgraphAnswerError {
  readonly message: string;
  readonly path?: readonly (string | number)[] | undefined;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** One way to a subgraph. */
export interface Transport {
  /**
   * Rejects where the subgraph gives no answer; GraphQL errors are answers.
   * @returns over HTTP the JSON text, so that several can read an answer each for itself: answers are merged in place
   */
  send(call: SubgraphCall): Promise<SubgraphAnswer | string>;
  /** Whether `send` gives text. */
  readonly answersText: boolean;
  close(): Promise<void>;
}

export interface SubgraphCall {
  /** JSON text, the very one that was signed. */
  readonly body: string;
  /** Undefined in front of subgraphs that know no tenants. */
  readonly assertion: string | undefined;
  readonly requestId: string;
  readonly limit: Limit;
}
