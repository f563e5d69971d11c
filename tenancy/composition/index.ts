import { SCOPES } from '../roles.ts';
import { type Definitions, readDefinitions } from './definitions.ts';
import { tenantArguments } from './rules/arguments.ts';
import { renamedDirectives } from './rules/links.ts';
import { contradictingMarks, unmarkedTypes } from './rules/marks.ts';
import { globalPaths } from './rules/paths.ts';
import { requiresWithoutScopes } from './rules/requires.ts';
import { unknownScopes } from './rules/scopes.ts';
import { unenforcedDirectives } from './rules/unenforced.ts';
import { undeclaredWalls } from './rules/walls.ts';
import type { SubgraphDefinition, TenancyOptions, TenancyViolation } from './violation.ts';

export { checkComposedScopes, checkSupergraph } from './supergraph.ts';
export {
  printViolation,
  type SubgraphDefinition,
  type TenancyOptions,
  type TenancyRule,
  type TenancyViolation,
} from './violation.ts';

/**
 * The rule that no other federation toolchain has: a graph in which some type is
 * not scoped to a tenant does not compose. Pure, so that others can run it in
 * their own CI on their own subgraphs.
 *
 * @returns every violation, by subgraph; empty where the graph may be composed
 */
export function checkTenancy(
  subgraphs: readonly SubgraphDefinition[],
  { scopes = SCOPES }: TenancyOptions = {},
): TenancyViolation[] {
  const read = subgraphs.map(({ name, typeDefs }) => readDefinitions(name, typeDefs));
  return [...RULES.flatMap((rule) => rule(read)), ...unknownScopes(read, scopes)].sort((a, b) =>
    a.subgraph.localeCompare(b.subgraph),
  );
}

const RULES: readonly ((subgraphs: readonly Definitions[]) => TenancyViolation[])[] = [
  unenforcedDirectives,
  renamedDirectives,
  unmarkedTypes,
  contradictingMarks,
  undeclaredWalls,
  globalPaths,
  tenantArguments,
  requiresWithoutScopes,
];
