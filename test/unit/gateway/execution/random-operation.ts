import {
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isNonNullType,
  isUnionType,
} from 'graphql';
import type { Random } from '../../../fuzz/random.ts';

export interface RandomOperation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/**
 * A valid query over any schema, with what an executor may get wrong: fragments on
 * interfaces, unions and implementations, the same field in several of them,
 * aliases, conditions by literal and variable.
 */
export function randomOperation(schema: GraphQLSchema, random: Random): RandomOperation {
  const root = schema.getQueryType();
  if (!root) throw new TypeError('The schema has no queries.');
  const fragments: string[] = [];
  const parameters = new Map<string, string>([
    ['yes', '$yes: Boolean!'],
    ['no', '$no: Boolean! = false'],
  ]);
  const variables: Record<string, unknown> = { yes: random.chance(0.7) };
  if (random.chance(0.3)) variables.no = random.chance(0.5);

  const condition = (): string =>
    random.chance(0.12)
      ? ` @${random.pick(['skip', 'include'])}(if: ${random.pick(['$yes', '$no', 'true', 'false'])})`
      : '';

  const argument = ({ name, type }: GraphQLArgument): string[] => {
    if (!isNonNullType(type) && random.chance(0.5)) return [];
    const value = random.pick(VALUES[getNamedType(type).name] ?? ['PLAIN']);
    if (random.chance(0.5)) return [`${name}: ${ENUMS.has(getNamedType(type).name) ? value : JSON.stringify(value)}`];
    const variable = `v${parameters.size}`;
    parameters.set(variable, `$${variable}: ${String(type)}`);
    variables[variable] = value;
    return [`${name}: $${variable}`];
  };

  const field = (one: GraphQLField<unknown, unknown>, depth: number): string => {
    const given = one.args.flatMap(argument);
    // Two of one name must agree on their arguments, so those that have any get a name of their own.
    const unique = one.args.length > 0 || random.chance(0.05);
    const alias = unique ? `a${serial()}: ` : random.chance(0.02) ? 'constructor: ' : '';
    const type = getNamedType(one.type);
    const call = given.length > 0 ? `(${given.join(', ')})` : '';
    const inner = isCompositeType(type) ? ` ${selection(type, depth + 1)}` : '';
    return `${alias}${one.name}${call}${condition()}${inner}`;
  };

  const counter = { serial: 0 };
  const serial = (): number => {
    counter.serial += 1;
    return counter.serial;
  };

  const fieldsOf = (type: GraphQLCompositeType, depth: number): string[] => {
    if (isUnionType(type)) return [];
    const all = Object.values(type.getFields());
    const possible = depth < DEEPEST ? all : all.filter((one) => !isCompositeType(getNamedType(one.type)));
    return possible.length === 0 ? [] : times(1 + random.integer(4), () => field(random.pick(possible), depth));
  };

  const fragmentOn = (type: GraphQLCompositeType, depth: number): string =>
    `... on ${type.name}${condition()} { ${['__typename', ...fieldsOf(type, depth)].join(' ')} }`;

  const fragmentsOn = (type: GraphQLCompositeType, depth: number): string[] => {
    if (!isAbstractType(type)) return random.chance(0.2) ? [fragmentOn(type, depth)] : [];
    const wanted = schema.getPossibleTypes(type).filter(() => random.chance(0.6));
    return wanted.map((possible) => fragmentOn(possible, depth));
  };

  const selection = (type: GraphQLCompositeType, depth: number): string => {
    const lines = [...fieldsOf(type, depth), ...fragmentsOn(type, depth)];
    if (random.chance(0.3) || lines.length === 0) lines.splice(random.integer(lines.length + 1), 0, '__typename');
    if (!random.chance(0.1)) return `{ ${lines.join(' ')} }`;
    const name = `F${serial()}`;
    fragments.push(`fragment ${name} on ${type.name} { ${lines.join(' ')} }`);
    return `{ ...${name} }`;
  };

  const roots = times(1 + random.integer(2), () => field(random.pick(Object.values(root.getFields())), 0));
  const query = [
    `query Q(${[...parameters.values()].join(', ')}) { used: __typename @skip(if: $yes) @include(if: $no)`,
    ...roots,
    '}',
    ...fragments,
  ].join('\n');
  return { query, variables };
}

const times = (count: number, make: () => string): string[] => Array.from({ length: count }, make);

const DEEPEST = 4;
const ENUMS = new Set(['Format']);
const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  ID: ['1', '2', 'u1', 'r1', 'b1', 'f1', 'none'],
  Int: [0, 1, 2],
  String: ['word', 'a "quote"'],
  Boolean: [true, false],
  Format: ['PLAIN', 'SHOUTED'],
};
