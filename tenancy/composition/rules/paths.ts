import { type Definitions, hasMark, namedTypeOf } from '../definitions.ts';
import type { TenancyViolation } from '../violation.ts';

/**
 * From a @global type no field leads to a scoped one: whoever holds the global
 * object need not belong to the tenant. This closes the paths from scoped data
 * through a global type to other scoped data as well.
 */
export function globalPaths(subgraphs: readonly Definitions[]): TenancyViolation[] {
  const scoped = new Set(
    subgraphs.flatMap(({ types }) =>
      [...types.values()].filter((type) => hasMark(type, 'tenantScoped')).map(({ name }) => name),
    ),
  );
  return subgraphs.flatMap(({ subgraph, types, unions }) => {
    const leadsToScoped = (name: string): boolean =>
      scoped.has(name) || (unions.get(name) ?? []).some((member) => scoped.has(member));
    return [...types.values()]
      .filter((type) => hasMark(type, 'global'))
      .flatMap((type) =>
        type.fields
          .filter((field) => leadsToScoped(namedTypeOf(field.type)))
          .map((field) => ({
            rule: 'global-path-to-tenant-data' as const,
            subgraph,
            where: `${type.name}.${field.name.value}`,
            message: `leads from a @global type to ${namedTypeOf(field.type)}, which is @tenantScoped.`,
            cure: `Mark ${type.name} @tenantScoped, or remove the field.`,
          })),
      );
  });
}
