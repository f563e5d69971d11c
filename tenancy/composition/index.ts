import type { DocumentNode } from 'graphql';
import { readDefinitions } from './definitions.ts';
import { tenantArguments } from './rules/arguments.ts';
import { contradictingMarks, unmarkedTypes } from './rules/marks.ts';
import { globalPaths } from './rules/paths.ts';
import { unknownScopes } from './rules/scopes.ts';
import { unenforcedDirectives } from './rules/unenforced.ts';
import { undeclaredWalls } from './rules/walls.ts';
import type { TenancyViolation } from './violation.ts';

export { checkSupergraph } from './supergraph.ts';
export { printViolation, type TenancyRule, type TenancyViolation } from './violation.ts';

export interface SubgraphDefinition {
  readonly name: string;
  readonly typeDefs: DocumentNode;
}

/**
 * The rule that no other federation toolchain has: a graph in which some type is
 * not scoped to a tenant does not compose. Pure, so that others can run it in
 * their own CI on their own subgraphs.
 *
 * @returns every violation, by subgraph; empty where the graph may be composed
 */
export function checkTenancy(subgraphs: readonly SubgraphDefinition[]): TenancyViolation[] {
  const read = subgraphs.map(({ name, typeDefs }) => readDefinitions(name, typeDefs));
  return RULES.flatMap((rule) => rule(read)).sort((a, b) => a.subgraph.localeCompare(b.subgraph));
}

const RULES = [
  unenforcedDirectives,
  unmarkedTypes,
  contradictingMarks,
  undeclaredWalls,
  globalPaths,
  tenantArguments,
  unknownScopes,
] as const;
