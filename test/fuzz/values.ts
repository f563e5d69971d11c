import {
  type GraphQLInputType,
  type GraphQLNamedInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import type { Random } from './random.ts';

/** What the arguments of random operations are made of: real ids and words, the attacker's and the victim's. */
export interface ValuePool {
  readonly ids: readonly string[];
  readonly texts: readonly string[];
  readonly cursors: readonly string[];
  /** RFC 3339. */
  readonly times: readonly string[];
}

/** A random value of the type; undefined where an optional one is left out. */
export function randomValue(type: GraphQLInputType, name: string, pool: ValuePool, random: Random, depth = 0): unknown {
  if (isNonNullType(type)) return presentValue(type.ofType, name, pool, random, depth);
  // A cursor fits one list only, so a random one mostly ends in an error, which shows little of the graph.
  const left = CURSOR.test(name) ? 0.9 : 0.3;
  // Deep inputs end by themselves: the deeper, the more is left out.
  if (random.chance(left + depth * 0.2)) return undefined;
  return presentValue(type, name, pool, random, depth);
}

function presentValue(type: GraphQLInputType, name: string, pool: ValuePool, random: Random, depth: number): unknown {
  if (isNonNullType(type)) return presentValue(type.ofType, name, pool, random, depth);
  if (isListType(type)) {
    return Array.from({ length: 1 + random.integer(2) }, () => presentValue(type.ofType, name, pool, random, depth));
  }
  if (isEnumType(type)) return random.pick(type.getValues()).name;
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).map(
      (field) => [field.name, randomValue(field.type, field.name, pool, random, depth + 1)] as const,
    );
    return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
  }
  return scalar(getNamedType(type), name, pool, random);
}

function scalar(type: GraphQLNamedInputType, name: string, pool: ValuePool, random: Random): unknown {
  switch (type.name) {
    case 'ID':
      return random.pick(pool.ids);
    case 'Int':
      // `from` and `to` are versions, of which the documents of a test have two.
      if (/^(from|to|number)$/.test(name)) return random.pick([1, 2]);
      return /days/i.test(name) ? random.pick([1, 7, 30]) : random.pick([1, 2, 5, 10]);
    case 'Float':
      return random.pick([0, 0.1, 0.5, 1]);
    case 'Boolean':
      return random.chance(0.5);
    case 'DateTime':
      return random.pick(pool.times);
    case 'JSON':
      return { note: random.pick(pool.texts) };
    default:
      return CURSOR.test(name) ? random.pick(pool.cursors) : random.pick(pool.texts);
  }
}

const CURSOR = /^(after|before)$/;
