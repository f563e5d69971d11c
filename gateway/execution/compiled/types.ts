import { isInterfaceType, isUnionType, type Schema } from '@apollo/federation-internals';

/** Whether an object of the `__typename` is of the type; a type unknown to the schema matches only itself. */
export type TypeTest = (typename: string) => boolean;

/** Names are looked up once, when the plan is compiled. */
export function typeTest(supergraph: Schema, condition: string): TypeTest {
  const names = new Set([condition, ...subtypes(supergraph, condition)]);
  return (typename) => names.has(typename);
}

function subtypes(supergraph: Schema, condition: string): readonly string[] {
  const type = supergraph.type(condition);
  if (!type) return [];
  if (isInterfaceType(type)) return type.allImplementations().map(({ name }) => name);
  return isUnionType(type) ? type.types().map(({ name }) => name) : [];
}
