import { type GraphQLObjectType, type GraphQLSchema, getNamedType, isObjectType } from 'graphql';

/** Which fields of the graph were answered with something: an oracle that only ever sees null proves nothing. */
export interface Coverage {
  /** @param fields `Type.field` of everything that the operation selected */
  add(data: unknown, fields: ReadonlySet<string>): void;
  readonly share: number;
  readonly missing: readonly string[];
}

export function createCoverage(schema: GraphQLSchema, unstable: ReadonlySet<string>): Coverage {
  const all = fieldsOf(schema).filter((field) => !unstable.has(field));
  const seen = new Set<string>();
  return {
    add(data, fields) {
      collect(data, (type, field) => {
        const name = `${type}.${field}`;
        if (fields.has(name)) seen.add(name);
      });
    },
    get share() {
      return seen.size / all.length;
    },
    get missing() {
      return all.filter((field) => !seen.has(field));
    },
  };
}

/** Walks an answer whose keys are `field` or `alias__field`, telling every value that is neither null nor an empty list. */
function collect(value: unknown, found: (type: string, field: string) => void, type = 'Query'): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, found, type);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const own = '__typename' in value ? String(value.__typename) : type;
  for (const [key, child] of Object.entries(value)) {
    if (key === '__typename') continue;
    const field = key.split('__').at(-1) ?? key;
    if (child === null || (Array.isArray(child) && child.length === 0)) continue;
    found(own, field);
    collect(child, found, own);
  }
}

/** Of all types that a query reaches: what only a mutation answers, no query can leak. */
function fieldsOf(schema: GraphQLSchema): string[] {
  const reached = new Set<GraphQLObjectType>();
  const reach = (type: unknown): void => {
    if (!isObjectType(type) || reached.has(type)) return;
    reached.add(type);
    for (const field of Object.values(type.getFields())) reach(getNamedType(field.type));
  };
  reach(schema.getQueryType());
  return [...reached].flatMap((type) => Object.keys(type.getFields()).map((field) => `${type.name}.${field}`));
}
