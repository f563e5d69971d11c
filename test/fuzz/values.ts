import {
  type GraphQLInputType,
  type GraphQLNamedType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { DIMENSIONS } from '#platform/embedder';
import type { Harvest, Leaf } from './harvest.ts';
import type { Random } from './random.ts';

/** Where a value is wanted: what it is called says what it means. */
export interface Place {
  readonly type: GraphQLInputType;
  readonly name: string;
  /** The field whose argument it is, if it is one: `revokeApiKey` wants the id of an `ApiKey`. */
  readonly field?: string;
  /** What the field answers with, whose ids, slugs and cursors fit best. */
  readonly returns: GraphQLNamedType;
}

/** What arguments are made of: real values of the attacker and of the victim, and what neither has. */
export interface ValuePool {
  readonly own: Harvest;
  readonly others: Harvest;
  /** Texts that no answer shows, such as idempotency keys, and words that both have. */
  readonly words: readonly string[];
  /** RFC 3339. */
  readonly times: readonly string[];
}

/**
 * What one set of values is drawn from: both tenants, or now and then one of them alone. Two ids that belong
 * together are rarely drawn by chance, and without them most writes end in a refusal.
 */
export function oneSided(pool: ValuePool, random: Random): ValuePool {
  if (random.chance(0.5)) return pool;
  const side = random.chance(0.7) ? pool.own : pool.others;
  return { ...pool, own: side, others: side };
}

/** A random value for the place; undefined where an optional one is left out. */
export function randomValue(place: Place, pool: ValuePool, random: Random, depth = 0): unknown {
  const { type, name } = place;
  if (isNonNullType(type)) return presentValue({ ...place, type: type.ofType }, pool, random, depth);
  // A cursor fits one list only, so a random one mostly ends in an error, which shows little of the graph.
  // Deep inputs end by themselves: the deeper, the more is left out.
  if (random.chance((CURSOR.test(name) ? 0.8 : 0.3) + depth * 0.2)) return undefined;
  return random.chance(0.02) ? null : presentValue(place, pool, random, depth);
}

function presentValue(place: Place, pool: ValuePool, random: Random, depth: number): unknown {
  const { type } = place;
  if (isNonNullType(type)) return presentValue({ ...place, type: type.ofType }, pool, random, depth);
  if (isListType(type)) {
    const item = { ...place, type: type.ofType, name: place.name.replace(/s$/, '') };
    return Array.from({ length: 1 + random.integer(2) }, () => presentValue(item, pool, random, depth));
  }
  if (isEnumType(type)) return random.pick(type.getValues()).name;
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).map((field) => {
      const inner = { ...place, type: field.type, name: field.name };
      return [field.name, randomValue(inner, pool, random, depth + 1)] as const;
    });
    return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
  }
  return scalar(place, pool, random);
}

function scalar(place: Place, pool: ValuePool, random: Random): unknown {
  const { name } = place;
  const type = getNamedType(place.type).name;
  if (/Int|Long/.test(type)) return integer(name, random);
  switch (type) {
    case 'Float':
      return random.pick([0, 0.000_001, 0.1, 0.5, 1]);
    case 'Boolean':
      return random.chance(0.5);
    case 'DateTime':
      return time(name, pool, random);
    case 'Date':
      return time(name, pool, random).slice(0, 10);
    case 'Vector':
      return Array.from({ length: DIMENSIONS }, () => random.integer(1_000) / 1_000);
    case 'JSON':
      return { note: random.pick(pool.words) };
    default:
      return text(place, pool, random);
  }
}

function integer(name: string, random: Random): number {
  if (random.chance(0.05)) return random.pick([0, -1, 20, 100, 101, 2_147_483_647]);
  // `from` and `to` are versions, of which the documents of a test have two.
  if (/^(from|to|number)$/.test(name)) return random.pick([1, 2]);
  return random.pick(/days/i.test(name) ? [1, 7, 30] : [1, 2, 5, 10]);
}

/** Mostly a span that is the right way round and not too long: others end in a refusal. */
function time(name: string, { times }: ValuePool, random: Random): string {
  const half = Math.ceil(times.length / 2);
  if (random.chance(0.85) && /from|after|since|start/i.test(name)) return random.pick(times.slice(0, half));
  if (random.chance(0.85) && /to|before|until|end/i.test(name)) return random.pick(times.slice(half));
  return random.pick(times);
}

function text(place: Place, pool: ValuePool, random: Random): string {
  if (random.chance(0.06)) return random.pick(JUNK);
  const harvest = random.chance(0.55) ? pool.own : pool.others;
  const format = FORMATS.get(place.name);
  if (format !== undefined && random.chance(0.9)) return format;
  const fitting = candidates(place, harvest);
  if (fitting.length > 0 && random.chance(0.9)) {
    const value = String(random.pick(fitting));
    // An id may be compared without regard to case in one place and with it in another.
    return random.chance(0.03) ? value.toUpperCase() : value;
  }
  if (getNamedType(place.type).name !== 'ID' && random.chance(0.7)) return random.pick(pool.words);
  const everything = [...harvest.keys()];
  return everything.length > 0 ? String(random.pick([...(harvest.get(random.pick(everything)) ?? ['x'])])) : 'x';
}

/** The tenant's values that are of the kind the place asks for, best kind first and alone. */
function candidates({ name, type, returns, field: asked = '' }: Place, harvest: Harvest): Leaf[] {
  const near = typesNear(returns);
  const stem = /^(.+)Id$/.exec(name)?.[1];
  const field = stem ? 'id' : CURSOR.test(name) ? 'cursor' : name;
  // `contentId` says its type; `fromId` does not, but what is answered has one.
  for (const wanted of [stem ? [capitalised(stem)] : [], namedBy(asked, harvest), near]) {
    const exact = wanted.flatMap((one) => [...(harvest.get(`${one}.${field}`) ?? [])]);
    if (exact.length > 0) return exact;
  }
  const wide = getNamedType(type).name === 'ID' ? 'id' : field;
  return [...harvest].flatMap(([key, values]) => (key.endsWith(`.${wide}`) ? [...values] : []));
}

/** The type that a field's name ends with, the longest: `ApiKey` of `revokeApiKey`. */
function namedBy(field: string, harvest: Harvest): string[] {
  const types = [...harvest.keys()].map((key) => key.slice(0, key.indexOf('.'))).filter((type) => field.endsWith(type));
  return types.sort((a, b) => b.length - a.length).slice(0, 1);
}

/** The type and what it is made of: the documents of a connection, the topic of an edge. */
function typesNear(type: GraphQLNamedType): string[] {
  if (!isObjectType(type)) return [];
  return [type, ...Object.values(type.getFields()).map((field) => getNamedType(field.type))]
    .filter(isObjectType)
    .map((one) => one.name);
}

const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

const CURSOR = /^(after|before)$/;

/** Texts that are refused unless they have this form. */
const FORMATS: ReadonlyMap<string, string> = new Map([
  ['contentType', 'text/plain'],
  ['data', Buffer.from('shared words').toString('base64')],
  ['scope', 'content:read'],
]);

/** What has confused parsers, keys of objects and statements before. */
const JUNK = [
  '',
  ' ',
  'x',
  '__proto__',
  'constructor',
  '*',
  '%',
  '$where',
  '{"$gt":""}',
  "' OR 1=1 --",
  '`}) MATCH (n) RETURN n //',
  '00000000-0000-0000-0000-000000000000',
  '𝒳\u0301ß',
  'a'.repeat(300),
] as const;
