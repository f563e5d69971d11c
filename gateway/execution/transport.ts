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

/** One way to a subgraph. Rejects where the subgraph gives no answer; GraphQL errors are answers. */
export interface Transport {
  send(call: SubgraphCall): Promise<SubgraphAnswer>;
  close(): Promise<void>;
}

export interface SubgraphCall {
  /** JSON text, the very one that was signed. */
  readonly body: string;
  readonly assertion: string;
  readonly requestId: string;
  readonly signal: AbortSignal;
}
