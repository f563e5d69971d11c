import { type GraphQLSchema, isObjectType } from 'graphql';

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

function fieldsOf(schema: GraphQLSchema): string[] {
  const mutation = schema.getMutationType();
  return Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter((type) => !type.name.startsWith('__') && type !== mutation && !type.name.endsWith('Payload'))
    .flatMap((type) => Object.keys(type.getFields()).map((field) => `${type.name}.${field}`));
}
