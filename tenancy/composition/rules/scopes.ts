import type { ConstDirectiveNode } from 'graphql';
import { isScope, SCOPES } from '../../roles.ts';
import { type Definitions, scopesIn } from '../definitions.ts';
import type { TenancyViolation } from '../violation.ts';

/** A misspelt scope is one that nobody holds, or worse, one that somebody adds later for another purpose. */
export function unknownScopes(subgraphs: readonly Definitions[]): TenancyViolation[] {
  return subgraphs.flatMap(({ subgraph, types, roots }) =>
    [...types.values(), ...roots].flatMap((type) => [
      ...complain(subgraph, type.name, type.directives),
      ...type.fields.flatMap((field) => complain(subgraph, `${type.name}.${field.name.value}`, field.directives ?? [])),
    ]),
  );
}

function complain(subgraph: string, where: string, directives: readonly ConstDirectiveNode[]): TenancyViolation[] {
  return scopesIn(directives)
    .filter((scope) => !isScope(scope))
    .map((scope) => ({
      rule: 'unknown-scope' as const,
      subgraph,
      where,
      message: `needs the scope "${scope}", which no role grants.`,
      cure: `Use one of ${SCOPES.join(', ')}, or add it to tenancy/roles.ts.`,
    }));
}
