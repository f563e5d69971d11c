import {
  GraphQLBoolean,
  type GraphQLField,
  type GraphQLNamedType,
  GraphQLNonNull,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isNonNullType,
  isObjectType,
  isScalarType,
} from 'graphql';
import type { Step } from './paths.ts';
import type { Random } from './random.ts';
import { createTurns, type Turns } from './turns.ts';
import { oneSided, type Place, randomValue, type ValuePool } from './values.ts';

/** A document and what its variables mean: one text, planned once, is asked with many values. */
export interface RandomOperation {
  readonly text: string;
  /** By name of the variable. */
  readonly parameters: ReadonlyMap<string, Place>;
}

export interface OperationOptions {
  readonly schema: GraphQLSchema;
  readonly pool: ValuePool;
  readonly random: Random;
  readonly kind?: 'query' | 'mutation';
  /** Levels of objects; the size of the operation follows. */
  readonly maxDepth?: number;
  /** Fields whose value depends on the clock or on load, as `Type.field`: left out, since answers are compared. */
  readonly unstable?: ReadonlySet<string>;
  /** Shared by the operations of a run, so that each field has its turn. */
  readonly turns?: Turns;
  /** From a root field to one that must be asked for; with it the operation has this root field alone and few arguments. */
  readonly path?: readonly Step[];
}

/**
 * A valid operation with one to three random root fields: aliases, named and inline
 * fragments, conditions, arguments as variables and now and then as literals.
 */
export function randomOperation(options: OperationOptions): RandomOperation {
  const { schema, random, kind = 'query', unstable = new Set(), path: [first, ...path] = [] } = options;
  const root = kind === 'query' ? schema.getQueryType() : schema.getMutationType();
  if (!root) throw new TypeError(`The schema has no ${kind}.`);
  const writer = createWriter(options);
  if (first) return writer.finish(kind, [writer.field(root, first.field, 0, path)]);
  const fields = selectable(root, unstable);
  // One mutation at a time, so that a failure names it.
  const count = kind === 'query' ? 1 + random.integer(3) : 1;
  const roots = Array.from({ length: count }, () => writer.field(root, writer.pick(root, fields), 0));
  return writer.finish(kind, roots);
}

/** Values for all parameters; those of optional ones may be left out. */
export function drawVariables(
  { parameters }: RandomOperation,
  pool: ValuePool,
  random: Random,
): Readonly<Record<string, unknown>> {
  const side = oneSided(pool, random);
  const drawn = [...parameters].map(([name, place]) => [name, randomValue(place, side, random)] as const);
  return Object.fromEntries(drawn.filter(([, value]) => value !== undefined));
}

export interface Writer {
  pick(parent: GraphQLObjectType, fields: readonly Field[]): Field;
  field(parent: GraphQLObjectType, field: Field, depth: number, path?: readonly Step[]): string;
  selection(type: GraphQLNamedType, depth: number, path?: readonly Step[]): string;
  /** @returns the variable, with its dollar sign */
  variable(place: Place): string;
  /** @param declaration of a variable that whoever sends the operation fills */
  finish(kind: 'query' | 'mutation', roots: readonly string[], declaration?: string): RandomOperation;
}

export type Field = GraphQLField<unknown, unknown>;

export function createWriter(options: OperationOptions): Writer {
  const { schema, pool, random, maxDepth = 6, unstable = new Set(), turns = createTurns() } = options;
  const absent = options.path ? 0.8 : 0.2;
  const parameters = new Map<string, Place>();
  const fragments: string[] = [];
  let aliases = 0;

  const variable = (place: Place): string => {
    const name = `v${parameters.size}`;
    parameters.set(name, place);
    return `$${name}`;
  };

  /** Few, as the gateway limits them; the names are those that a careless object would answer to. */
  const alias = (depth: number): string => {
    if (depth > 0 && !random.chance(0.04)) return '';
    aliases += 1;
    return random.chance(0.3) && aliases <= NAMES.length ? `${NAMES[aliases - 1]}: ` : `a${aliases}: `;
  };

  const condition = (): string => {
    if (!random.chance(0.03)) return '';
    const flag = random.chance(0.5) ? variable(BOOLEAN) : String(random.chance(0.5));
    return ` @${random.pick(['include', 'skip'])}(if: ${flag})`;
  };

  const callArguments = (field: Field): string => {
    const returns: GraphQLNamedType = getNamedType(field.type);
    const given = field.args.flatMap((argument) => {
      const place: Place = { type: argument.type, name: argument.name, field: field.name, returns };
      // Each set of variables leaves out what is optional or not; some arguments are not even in the text.
      if (!isNonNullType(argument.type) && random.chance(absent)) return [];
      const literal = random.chance(0.08) ? literalOf(place) : undefined;
      return [`${argument.name}: ${literal ?? variable(place)}`];
    });
    return given.length > 0 ? `(${given.join(', ')})` : '';
  };

  const literalOf = (place: Place): string | undefined => {
    const type = isNonNullType(place.type) ? place.type.ofType : place.type;
    if (!isScalarType(type) || type.name === 'JSON') return undefined;
    const value = randomValue({ ...place, type }, pool, random);
    return value === undefined || value === null ? undefined : JSON.stringify(value);
  };

  const selection = (type: GraphQLNamedType, depth: number, path: readonly Step[] = []): string => {
    if (isAbstractType(type)) {
      const parts = schema.getPossibleTypes(type).map((one) => `... on ${one.name} ${selection(one, depth, path)}`);
      return `{ __typename ${parts.join(' ')} }`;
    }
    return isObjectType(type) ? ownSelection(type, depth, path) : '';
  };

  const ownSelection = (type: GraphQLObjectType, depth: number, [step, ...path]: readonly Step[]): string => {
    const next = step?.parent === type ? step.field : undefined;
    const fields = selectable(type, unstable).filter((field) => field !== next);
    const leaves = fields.filter((field) => !isCompositeType(getNamedType(field.type)));
    const branches = depth >= maxDepth ? [] : fields.filter((field) => isCompositeType(getNamedType(field.type)));
    const chosen = next
      ? some(type, leaves, 2)
      : [...some(type, leaves, 6), ...some(type, branches, depth < 2 ? 3 : 2)];
    const lines = ['__typename', ...chosen.map((field) => writer.field(type, field, depth))];
    if (next) lines.push(writer.field(type, next, depth, path));
    const body = `{ ${lines.join(' ')} }`;
    if (random.chance(0.06)) return `{ __typename ... on ${type.name}${condition()} ${body} }`;
    if (!random.chance(0.12)) return body;
    const name = `F${fragments.length}`;
    fragments.push(`fragment ${name} on ${type.name} ${body}`);
    return `{ __typename ...${name}${condition()} }`;
  };

  const pick = (parent: GraphQLObjectType, fields: readonly Field[]): Field =>
    turns.pick(fields, ({ name }) => `${parent.name}.${name}`, random);

  const some = (parent: GraphQLObjectType, fields: readonly Field[], most: number): Field[] => {
    const count = fields.length === 0 ? 0 : 1 + random.integer(most);
    return [...new Set(Array.from({ length: count }, () => pick(parent, fields)))];
  };

  const writer: Writer = {
    pick,
    variable,
    selection,
    field(parent, field, depth, path) {
      const type = getNamedType(field.type);
      const head = `${alias(depth)}${field.name}${callArguments(field)}${parent.name === 'Mutation' ? '' : condition()}`;
      return isCompositeType(type) ? `${head} ${selection(type, depth + 1, path)}` : head;
    },
    finish(kind, roots, declaration) {
      const own = [...parameters].map(([name, { type }]) => `$${name}: ${String(type)}`);
      const declared = [...(declaration ? [declaration] : []), ...own].join(', ');
      const head = `${kind} Fuzz${declared ? `(${declared})` : ''}`;
      return { text: [`${head} {`, ...roots, '}', ...fragments].join('\n'), parameters };
    },
  };
  return writer;
}

function selectable(type: GraphQLObjectType, unstable: ReadonlySet<string>): Field[] {
  return Object.values(type.getFields()).filter((field) => !unstable.has(`${type.name}.${field.name}`));
}

const BOOLEAN: Place = { type: new GraphQLNonNull(GraphQLBoolean), name: 'if', returns: GraphQLBoolean };
const NAMES = ['__proto__', 'constructor', 'toString', 'then', 'hasOwnProperty', 'toJSON', '__typename_'];
