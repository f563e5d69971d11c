import { type ConstDirectiveNode, type DocumentNode, Kind } from 'graphql';
import { scopesIn } from '#tenancy/composition/definitions';

/** Which scopes a type and a field ask for, read from the composed supergraph. */
export interface NeededScopes {
  ofType(type: string): readonly string[];
  ofField(type: string, field: string): readonly string[];
}

/** Composition keeps `@needsScopes` through @composeDirective; several on one place are merged with AND. */
export function readNeededScopes(supergraph: DocumentNode): NeededScopes {
  const types = new Map<string, readonly string[]>();
  const fields = new Map<string, readonly string[]>();
  for (const node of supergraph.definitions) {
    if (node.kind !== Kind.OBJECT_TYPE_DEFINITION && node.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    types.set(node.name.value, sorted(node.directives));
    for (const field of node.fields ?? []) {
      fields.set(`${node.name.value}.${field.name.value}`, sorted(field.directives));
    }
  }
  return {
    ofType: (type) => types.get(type) ?? [],
    ofField: (type, field) => fields.get(`${type}.${field}`) ?? [],
  };
}

const sorted = (directives: readonly ConstDirectiveNode[] | undefined): readonly string[] =>
  [...new Set(scopesIn(directives ?? []))].sort();
