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
  const behind = implementations(subgraphs);
  return subgraphs.flatMap(({ subgraph, types, unions }) => {
    const leadsToScoped = (name: string): boolean =>
      [name, ...(unions.get(name) ?? []), ...(behind.get(name) ?? [])].some((one) => scoped.has(one));
    return [...types.values()]
      .filter((type) => hasMark(type, 'global'))
      .flatMap((type) =>
        type.fields
          .filter((field) => leadsToScoped(namedTypeOf(field.type)))
          .map((field) => ({
            rule: 'global-path-to-tenant-data' as const,
            subgraph,
            where: `${type.name}.${field.name.value}`,
            message: `leads from a @global type to ${namedTypeOf(field.type)}, which is or holds what is @tenantScoped.`,
            cure: `Mark ${type.name} @tenantScoped, or remove the field.`,
          })),
      );
  });
}

/** The object types behind each interface, over all subgraphs: an interface is as scoped as what it can turn out to be. */
function implementations(subgraphs: readonly Definitions[]): ReadonlyMap<string, readonly string[]> {
  const behind = new Map<string, string[]>();
  for (const { types } of subgraphs) {
    for (const { name, interfaces } of types.values()) {
      for (const one of interfaces) behind.set(one, [...(behind.get(one) ?? []), name]);
    }
  }
  return behind;
}
