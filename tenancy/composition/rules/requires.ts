import { type Definitions, type OutputType, scopesIn } from '../definitions.ts';
import { requiredFields } from '../required.ts';
import type { TenancyViolation } from '../violation.ts';

/**
 * What is computed from a scoped field tells of it, so it says the same scopes
 * itself. The subgraph that computes it reads its own SDL only: unsaid, the
 * scopes of another subgraph's field would be enforced in the gateway alone.
 * By induction this holds over any chain of @requires.
 */
export function requiresWithoutScopes(subgraphs: readonly Definitions[]): TenancyViolation[] {
  const everywhere = scopesSaid(subgraphs);
  return subgraphs.flatMap(({ subgraph, types }) =>
    [...types.values()].flatMap((type) =>
      type.fields.flatMap((field) => {
        const said = new Set([...scopesIn(type.directives), ...scopesIn(field.directives ?? [])]);
        return requiredFields(type, field, types).flatMap((required) => {
          const source = `${required.type}.${required.field}`;
          const needed = [source, required.type, required.returns].flatMap((path) => [...(everywhere.get(path) ?? [])]);
          const unsaid = [...new Set(needed)].filter((scope) => !said.has(scope)).sort();
          if (unsaid.length === 0) return [];
          return [
            {
              rule: 'requires-without-scopes' as const,
              subgraph,
              where: `${type.name}.${field.name.value}`,
              message: `requires ${source}, which needs ${unsaid.join(' and ')}, and does not need it itself.`,
              cure: `Add @needsScopes(all: [${unsaid.map((scope) => `"${scope}"`).join(', ')}]) to the field.`,
            },
          ];
        });
      }),
    ),
  );
}

/** By type and by `Type.field`, over all subgraphs: several are merged with AND. */
function scopesSaid(subgraphs: readonly Definitions[]): ReadonlyMap<string, ReadonlySet<string>> {
  const said = new Map<string, Set<string>>();
  const add = (path: string, scopes: readonly string[]): void => {
    said.set(path, new Set([...(said.get(path) ?? []), ...scopes]));
  };
  const types = subgraphs.flatMap((subgraph): readonly OutputType[] => [...subgraph.types.values()]);
  for (const type of types) {
    add(type.name, scopesIn(type.directives));
    for (const field of type.fields) add(`${type.name}.${field.name.value}`, scopesIn(field.directives ?? []));
  }
  return said;
}
