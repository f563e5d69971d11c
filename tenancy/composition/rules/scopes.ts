import type { ConstDirectiveNode } from 'graphql';
import { type Definitions, scopesIn } from '../definitions.ts';
import type { TenancyViolation } from '../violation.ts';

/** A misspelt scope is one that nobody holds, or worse, one that somebody adds later for another purpose. */
export function unknownScopes(subgraphs: readonly Definitions[], known: readonly string[]): TenancyViolation[] {
  const complain = (
    subgraph: string,
    where: string,
    directives: readonly ConstDirectiveNode[] = [],
  ): TenancyViolation[] =>
    scopesIn(directives)
      .filter((scope) => !known.includes(scope))
      .map((scope) => ({
        rule: 'unknown-scope' as const,
        subgraph,
        where,
        message: `needs the scope "${scope}", which does not exist.`,
        cure: `Use one of ${known.join(', ')}, or add it where these are listed.`,
      }));
  return subgraphs.flatMap(({ subgraph, types, roots }) =>
    [...types.values(), ...roots].flatMap((type) => [
      ...complain(subgraph, type.name, type.directives),
      ...type.fields.flatMap((field) => complain(subgraph, `${type.name}.${field.name.value}`, field.directives)),
    ]),
  );
}
