import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isObjectType,
} from 'graphql';
import type { Random } from './random.ts';
import { randomValue, type ValuePool } from './values.ts';

export interface RandomOperation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** `Type.field` of everything selected. */
  readonly fields: ReadonlySet<string>;
}

export interface OperationOptions {
  readonly schema: GraphQLSchema;
  readonly pool: ValuePool;
  readonly random: Random;
  readonly maxDepth?: number;
  /** Fields whose value depends on the clock or on load, as `Type.field`: left out, since answers are compared. */
  readonly unstable?: ReadonlySet<string>;
}

/** A valid query with one to three random root fields, aliases, a named fragment now and then, and variables for all arguments. */
export function randomQuery({
  schema,
  pool,
  random,
  maxDepth = 6,
  unstable = new Set(),
}: OperationOptions): RandomOperation {
  const root = schema.getQueryType();
  if (!root) throw new TypeError('The schema has no queries.');
  const writer = createWriter(pool, random, maxDepth, unstable);
  const fields = selectable(root, unstable);
  const roots = Array.from({ length: 1 + random.integer(3) }, () => writer.field(root, random.pick(fields), 0));
  const parameters = writer.parameters.length > 0 ? `(${writer.parameters.join(', ')})` : '';
  const query = [`query Fuzz${parameters} {`, ...roots, '}', ...writer.fragments].join('\n');
  return { query, variables: writer.variables, fields: writer.fields };
}

interface Writer {
  readonly parameters: string[];
  readonly variables: Record<string, unknown>;
  readonly fragments: string[];
  readonly fields: Set<string>;
  field(parent: GraphQLObjectType, field: GraphQLField<unknown, unknown>, depth: number): string;
}

function createWriter(pool: ValuePool, random: Random, maxDepth: number, unstable: ReadonlySet<string>): Writer {
  let aliases = 0;
  const writer: Writer = {
    parameters: [],
    variables: {},
    fragments: [],
    fields: new Set(),
    field(parent, field, depth) {
      writer.fields.add(`${parent.name}.${field.name}`);
      // An alias names its field, so that a reader of the answer still knows what it is.
      const alias = random.chance(ALIASED) || depth === 0 ? `a${aliases++}__${field.name}: ` : '';
      const head = `${alias}${field.name}${callArguments(field)}`;
      const type = getNamedType(field.type);
      return isObjectType(type) ? `${head} ${selection(type, depth + 1)}` : head;
    },
  };

  const callArguments = (field: GraphQLField<unknown, unknown>): string => {
    const given = field.args.flatMap((argument) => {
      const value = randomValue(argument.type, argument.name, pool, random.fork());
      if (value === undefined) return [];
      const variable = `v${writer.parameters.length}`;
      writer.parameters.push(`$${variable}: ${String(argument.type)}`);
      writer.variables[variable] = value;
      return [`${argument.name}: $${variable}`];
    });
    return given.length > 0 ? `(${given.join(', ')})` : '';
  };

  const selection = (type: GraphQLObjectType, depth: number): string => {
    const fields = selectable(type, unstable);
    const leaves = fields.filter((field) => !isCompositeType(getNamedType(field.type)));
    const branches = depth >= maxDepth ? [] : fields.filter((field) => isCompositeType(getNamedType(field.type)));
    const chosen = [...some(leaves, 6), ...some(branches, depth < 2 ? 3 : 2)];
    const lines = ['__typename', ...chosen.map((field) => writer.field(type, field, depth))];
    if (!random.chance(0.15)) return `{ ${lines.join(' ')} }`;
    const name = `F${writer.fragments.length}`;
    writer.fragments.push(`fragment ${name} on ${type.name} { ${lines.join(' ')} }`);
    return `{ ...${name} }`;
  };

  const some = <T>(items: readonly T[], most: number): T[] =>
    items.length === 0 ? [] : [...new Set(Array.from({ length: 1 + random.integer(most) }, () => random.pick(items)))];

  return writer;
}

/** Few, as the gateway limits them: most fields of an operation carry their own name. */
const ALIASED = 0.05;

function selectable(type: GraphQLObjectType, unstable: ReadonlySet<string>): GraphQLField<unknown, unknown>[] {
  return Object.values(type.getFields()).filter((field) => !unstable.has(`${type.name}.${field.name}`));
}
