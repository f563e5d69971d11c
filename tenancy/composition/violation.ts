import type { DocumentNode } from 'graphql';

export interface SubgraphDefinition {
  readonly name: string;
  readonly typeDefs: DocumentNode;
}

export interface TenancyOptions {
  /** The scopes that exist; another product has others than ours. */
  readonly scopes?: readonly string[];
}

/** One reason why a graph does not compose. It says where, what and how to cure it. */
export interface TenancyViolation {
  readonly rule: TenancyRule;
  readonly subgraph: string;
  /** `Type` or `Type.field`. */
  readonly where: string;
  readonly message: string;
  readonly cure: string;
}

export type TenancyRule =
  | 'unmarked-type'
  | 'contradicting-marks'
  | 'undeclared-walls'
  | 'global-path-to-tenant-data'
  | 'tenant-as-argument'
  | 'unknown-scope'
  | 'requires-without-scopes'
  | 'unenforced-directive'
  | 'renamed-directive'
  | 'mark-lost-in-composition'
  | 'scopes-lost-in-composition';

export function printViolation({ rule, subgraph, where, message, cure }: TenancyViolation): string {
  return `[${rule}] ${subgraph}: ${where} ${message}\n    ${cure}`;
}
