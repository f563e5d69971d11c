import { type Definitions, hasMark, stringsOf } from '../definitions.ts';
import type { TenancyViolation } from '../violation.ts';

/** A subgraph that claims scoped types says by what walls, so that the claim can be reviewed and attacked. */
export function undeclaredWalls(subgraphs: readonly Definitions[]): TenancyViolation[] {
  return subgraphs.flatMap(({ subgraph, types, schemaDirectives }) => {
    const scoped = [...types.values()].find((type) => hasMark(type, 'tenantScoped'));
    if (!scoped) return [];
    const declared = schemaDirectives
      .filter(({ name }) => name.value === 'scopesTenantsBy')
      .flatMap(({ arguments: given }) => stringsOf(given?.find(({ name }) => name.value === 'walls')));
    if (declared.some((wall) => wall.trim() !== '')) return [];
    return [
      {
        rule: 'undeclared-walls' as const,
        subgraph,
        where: scoped.name,
        message: 'is @tenantScoped, but the subgraph does not say how it keeps tenants apart.',
        cure: 'Add `extend schema @scopesTenantsBy(walls: ["..."])`, the outermost wall first.',
      },
    ];
  });
}
