import { type GraphQLObjectType, type GraphQLSchema, getNamedType, isAbstractType, isObjectType } from 'graphql';

/** Which fields of the graph were answered with something: an oracle that only ever sees null proves nothing. */
export interface Coverage {
  /** @param field `Type.field` that an answer held, neither null nor an empty list */
  saw(field: string): void;
  hasSeen(field: string): boolean;
  readonly share: number;
  readonly missing: readonly string[];
}

/** @param excluded fields that are never asked for */
export function createCoverage(schema: GraphQLSchema, excluded: ReadonlySet<string>): Coverage {
  const all = fieldsOf(schema).filter((field) => !excluded.has(field));
  const seen = new Set<string>();
  return {
    saw: (field) => void seen.add(field),
    hasSeen: (field) => seen.has(field),
    get share() {
      return all.filter((field) => seen.has(field)).length / all.length;
    },
    get missing() {
      return all.filter((field) => !seen.has(field));
    },
  };
}

/** Of all types that a query or a mutation reaches. */
function fieldsOf(schema: GraphQLSchema): string[] {
  const reached = new Set<GraphQLObjectType>();
  const reach = (type: unknown): void => {
    if (isAbstractType(type)) schema.getPossibleTypes(type).forEach(reach);
    if (!isObjectType(type) || reached.has(type)) return;
    reached.add(type);
    for (const field of Object.values(type.getFields())) reach(getNamedType(field.type));
  };
  for (const root of [schema.getQueryType(), schema.getMutationType()]) reach(root);
  return [...reached].flatMap((type) => Object.keys(type.getFields()).map((field) => `${type.name}.${field}`));
}
