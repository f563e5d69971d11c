import type { DocumentNode } from 'graphql';
import { type Definitions, readDefinitions, scopesIn } from './composition/definitions.ts';

/** `Type.field` → every scope that the field needs, its type's own included. Fields that need none are absent. */
export type ScopeRequirements = ReadonlyMap<string, readonly string[]>;

/**
 * Reads @needsScopes from a subgraph's SDL or from a supergraph. Several
 * occurrences are merged with AND: a caller who lacks one of the scopes is refused.
 */
export function readScopeRequirements(document: DocumentNode): ScopeRequirements {
  const { types, roots }: Definitions = readDefinitions('', document);
  const requirements = new Map<string, readonly string[]>();
  for (const type of [...types.values(), ...roots]) {
    const ofType = scopesIn(type.directives);
    for (const field of type.fields) {
      const all = new Set([...ofType, ...scopesIn(field.directives ?? [])]);
      if (all.size > 0) requirements.set(`${type.name}.${field.name.value}`, [...all].sort());
    }
  }
  return requirements;
}
