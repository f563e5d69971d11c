import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';

/** An argument, or a part of one, that somebody could make too large. */
export interface Sizeable {
  /** Such as `Content.similar(first)` or `Mutation.createContent(input.tags)`. */
  readonly path: string;
  /** Its own name. */
  readonly name: string;
  readonly kind: Kind;
  /** What one entry of a list is, as a fresh value for each place. */
  readonly entry: (at: number) => unknown;
  /** Operations that give it a value, by as many ways to the field as there are short ones. */
  readonly operations: (value: unknown) => readonly Operation[];
}

type Kind = 'number' | 'list' | 'text';

export interface Operation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Ids that the caller has, by the name of an argument: a value is only looked at where what it is for is there. */
export type Ids = (argument: string, field: string) => string;

/** Every number, list and text among the arguments of a schema, inside inputs too. */
export function sizeablesOf(schema: GraphQLSchema, ids: Ids): Sizeable[] {
  const objects = Object.values(schema.getTypeMap()).filter(isObjectType);
  const ways = waysTo(schema);
  return objects
    .filter(({ name }) => !name.startsWith('__'))
    .flatMap((type) => Object.values(type.getFields()).map((field) => ({ type, field })))
    .flatMap(({ type, field }) =>
      field.args.flatMap((argument) =>
        partsOf(argument, []).map((part) => sizeable(type, field, argument, part, ways.get(type.name) ?? [], ids)),
      ),
    );
}

interface Part {
  /** Names from the argument inwards. */
  readonly names: readonly string[];
  readonly type: GraphQLInputType;
}

/** The argument itself, or what is inside of an input object; what a list holds has its list's limit. */
function partsOf({ name, type }: GraphQLArgument | GraphQLInputField, outer: readonly string[]): Part[] {
  const names = [...outer, name];
  const plain = getNullableType(type);
  if (isInputObjectType(plain) && outer.length < 2) {
    return Object.values(plain.getFields()).flatMap((field) => partsOf(field, names));
  }
  return kindOf(plain) ? [{ names, type: plain }] : [];
}

function kindOf(type: GraphQLInputType): Kind | undefined {
  if (isListType(type)) return 'list';
  return KINDS[String(type)];
}

function sizeable(
  parent: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  argument: GraphQLArgument,
  { names, type }: Part,
  ways: readonly Way[],
  ids: Ids,
): Sizeable {
  const fill = (argumentType: GraphQLInputType, name: string, at = 0) =>
    fillingOf(argumentType, name, field.name, ids, at);
  // A search wants to be told what to search for before it looks at anything else.
  const required = field.args.filter((one) => one !== argument && (isRequired(one) || one.name === 'text'));
  const declared = [argument, ...required].map((one) => `$${one.name}: ${String(one.type)}`).join(', ');
  const given = [argument, ...required].map((one) => `${one.name}: $${one.name}`).join(', ');
  const selection = isCompositeType(getNamedType(field.type)) ? ' { __typename }' : '';
  const asked = `${field.name}(${given})${selection}`;
  const isRoot = parent.name === 'Mutation' || parent.name === 'Query';
  const kind = parent.name === 'Mutation' ? 'mutation' : 'query';
  const texts = isRoot
    ? [`{ ${asked} }`]
    : ways.map((way) => way.reduceRight((inner, step) => `{ ${step} ${inner} }`, `{ ${asked} }`));
  const item = isListType(type) ? type.ofType : type;
  return {
    path: `${parent.name}.${field.name}(${names.join('.')})`,
    name: names.at(-1) ?? '',
    kind: kindOf(type) ?? 'number',
    entry: (at) => fill(item, names.at(-1) ?? '', at),
    operations: (value) => {
      const others = required.map((one) => [one.name, fill(one.type, one.name)]);
      const variables = {
        ...Object.fromEntries(others),
        [argument.name]: within(argument.type, names.slice(1), value, fill),
      };
      return texts.map((text) => ({ query: `${kind} (${declared}) ${text}`, variables }));
    },
  };
}

type Fill = (type: GraphQLInputType, name: string) => unknown;

/** The value at its place in an input object whose other required fields are filled. */
function within(type: GraphQLInputType, [name, ...inner]: readonly string[], value: unknown, fill: Fill): unknown {
  const plain = getNullableType(type);
  if (name === undefined || !isInputObjectType(plain)) return value;
  const field = plain.getFields()[name];
  const filled = fill(type, name) as Record<string, unknown>;
  return { ...filled, [name]: field ? within(field.type, inner, value, fill) : value };
}

function fillingOf(type: GraphQLInputType, name: string, field: string, ids: Ids, at: number): unknown {
  const plain = getNullableType(type);
  if (isListType(plain)) return [fillingOf(plain.ofType, name, field, ids, at)];
  if (isEnumType(plain)) return plain.getValues()[0]?.name;
  if (isInputObjectType(plain)) {
    const required = Object.values(plain.getFields()).filter(isRequired);
    return Object.fromEntries(required.map((one) => [one.name, fillingOf(one.type, one.name, field, ids, at)]));
  }
  switch (String(plain)) {
    case 'ID':
      return ids(name, field);
    case 'Int':
    case 'Float':
    case 'SafeInt':
      return 1;
    case 'Boolean':
      return true;
    case 'DateTime':
      return new Date(Date.now() + (HOURS[name] ?? 0) * 3_600_000).toISOString();
    default:
      return FITTING[name] ?? `text-${at}-of-some-length`;
  }
}

/** From now on. */
const HOURS: Readonly<Record<string, number>> = { from: -1, at: 24 };

/** Where a text has a form that is looked at first. */
const FITTING: Readonly<Record<string, string>> = {
  email: 'somebody@limits.example',
  data: 'eA==',
  scopes: 'content:read',
};

const isRequired = ({ type, defaultValue }: GraphQLArgument | GraphQLInputField): boolean =>
  isNonNullType(type) && defaultValue === undefined;

/** Fields from a root field to an object. */
type Way = readonly string[];

/** For each type the shortest ways to it through fields that need no arguments: several, as one may lead to nothing. */
function waysTo(schema: GraphQLSchema): ReadonlyMap<string, readonly Way[]> {
  const ways = new Map<string, Way[]>();
  const query = schema.getQueryType();
  let frontier: { type: GraphQLObjectType; way: Way }[] = query ? [{ type: query, way: [] }] : [];
  for (let depth = 0; depth < FURTHEST; depth += 1) {
    const reached = frontier.flatMap(({ type, way }) =>
      Object.values(type.getFields()).flatMap((field) => {
        const next = getNamedType(field.type);
        const needs = field.args.some(isRequired);
        return isObjectType(next) && !needs ? [{ type: next, way: [...way, field.name] }] : [];
      }),
    );
    frontier = reached.filter(({ type, way }) => {
      const known = ways.get(type.name) ?? [];
      if (known.length >= MOST_WAYS) return false;
      ways.set(type.name, [...known, way]);
      return true;
    });
  }
  return ways;
}

const KINDS: Readonly<Record<string, Kind>> = { Int: 'number', SafeInt: 'number', String: 'text' };
const FURTHEST = 7;
const MOST_WAYS = 4;
