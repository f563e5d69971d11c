import type { DocumentNode } from 'graphql';
import { type OutputType, readDefinitions, scopesIn } from './composition/definitions.ts';
import { requiredFields } from './composition/required.ts';

/**
 * What a caller must hold to read a type or a field, from all that says so. Only
 * ever more is asked for: nothing said in one place takes back what another asks.
 */
export interface ScopeRequirements {
  ofType(type: string): readonly string[];
  /**
   * The field's own scopes, those of its type, those of the same field in the
   * interfaces of its type, and those of every field that it @requires: what is
   * computed from a value tells of the value.
   */
  ofField(type: string, field: string): readonly string[];
  /** The fields that need any. */
  readonly fields: readonly { readonly type: string; readonly field: string }[];
}

/** Reads @needsScopes from a subgraph's SDL or from a supergraph. Gateway and subgraphs both ask here. */
export function readScopeRequirements(document: DocumentNode): ScopeRequirements {
  const { types, roots } = readDefinitions('', document);
  const all = new Map([...types.values(), ...roots].map((type) => [type.name, type]));
  const ofType = (name: string): readonly string[] => sorted(scopesIn(all.get(name)?.directives ?? []));
  const needed = new Map<string, Set<string>>();
  const sources = new Map<string, readonly string[]>();
  for (const type of all.values()) {
    for (const field of type.fields) {
      const required = requiredFields(type, field, all);
      const own = [...ofType(type.name), ...scopesIn(field.directives ?? [])];
      const path = `${type.name}.${field.name.value}`;
      needed.set(path, new Set([...own, ...required.flatMap(({ returns }) => ofType(returns))]));
      sources.set(path, [
        ...interfacesOf(type, all).map((name) => `${name}.${field.name.value}`),
        ...required.map((one) => `${one.type}.${one.field}`),
      ]);
    }
  }
  untilNothingIsAdded(needed, sources);
  return {
    ofType,
    ofField: (type, field) => sorted(needed.get(`${type}.${field}`) ?? []),
    fields: [...all.values()].flatMap((type) =>
      type.fields
        .filter((field) => needed.get(`${type.name}.${field.name.value}`)?.size)
        .map((field) => ({ type: type.name, field: field.name.value })),
    ),
  };
}

/** Interfaces list their own interfaces again, so that one look is enough. */
function interfacesOf(type: OutputType, all: ReadonlyMap<string, OutputType>): readonly string[] {
  return type.interfaces.filter((name) => all.has(name));
}

/** A field that requires one that requires a third takes on what all three need. */
function untilNothingIsAdded(
  needed: ReadonlyMap<string, Set<string>>,
  sources: ReadonlyMap<string, readonly string[]>,
): void {
  for (let grew = true; grew; ) {
    grew = false;
    for (const [path, scopes] of needed) {
      const before = scopes.size;
      for (const source of sources.get(path) ?? []) for (const scope of needed.get(source) ?? []) scopes.add(scope);
      grew ||= scopes.size > before;
    }
  }
}

const sorted = (scopes: Iterable<string>): readonly string[] => [...new Set(scopes)].sort();
