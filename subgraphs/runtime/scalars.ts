import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { GraphQLDateTimeISO } from 'graphql-scalars';
import { DIMENSIONS } from '#platform/embedder';

/**
 * A point in time, RFC 3339, written in UTC. Only years of four digits: the
 * stores disagree about what lies before, by a driver's error instead of an answer.
 */
export const DateTime = new GraphQLScalarType({
  ...GraphQLDateTimeISO.toConfig(),
  name: 'DateTime',
  parseValue: (value) => read(value),
  parseLiteral(node) {
    if (node.kind !== Kind.STRING) throw wrong(node);
    return read(node.value, node);
  },
});

/** A direction in the space of embeddings; its length does not count. */
export const Vector = new GraphQLScalarType<readonly number[]>({
  name: 'Vector',
  serialize: readVector,
  parseValue: readVector,
  parseLiteral: (node) => readVector(node.kind === Kind.LIST ? node.values.map(numberOf) : undefined),
});

function readVector(value: unknown): readonly number[] {
  const isVector = Array.isArray(value) && value.length === DIMENSIONS && value.every((one) => Number.isFinite(one));
  if (isVector) return value as readonly number[];
  throw new GraphQLError(`A Vector is a list of ${DIMENSIONS} numbers.`);
}

function numberOf(node: ValueNode): number {
  return node.kind === Kind.FLOAT || node.kind === Kind.INT ? Number(node.value) : Number.NaN;
}

function read(value: unknown, node?: ValueNode): Date {
  const date = parse(value);
  if (date && date.getTime() >= EARLIEST && date.getTime() <= LATEST) return date;
  throw wrong(node);
}

function parse(value: unknown): Date | undefined {
  try {
    return typeof value === 'string' ? GraphQLDateTimeISO.parseValue(value) : undefined;
  } catch {
    return undefined;
  }
}

const wrong = (node?: ValueNode): GraphQLError =>
  new GraphQLError('A DateTime is a text such as "2026-01-31T12:00:00Z", in the years 1000 to 9999.', {
    nodes: node ?? null,
  });

const EARLIEST = Date.parse('1000-01-01T00:00:00Z');
const LATEST = Date.parse('9999-12-31T23:59:59.999Z');
