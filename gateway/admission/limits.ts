import { createHash } from 'node:crypto';
import { type DocumentNode, GraphQLError, parse, visit } from 'graphql';
import { LRUCache } from 'lru-cache';
import { PolygraphError } from '#platform/errors';
import type { Settings } from '#platform/settings';
import { checkLiterals } from '#platform/text';
import { type Measure, measureDocument } from './measure.ts';

export type LimitSettings = Pick<
  Settings,
  'NODE_ENV' | 'MAX_DEPTH' | 'MAX_ALIASES' | 'MAX_TOKENS' | 'MAX_DIRECTIVES' | 'MAX_ROOT_FIELDS' | 'MAX_FIELDS'
>;

/** @throws PolygraphError LIMIT_EXCEEDED, NOT_SUPPORTED, BAD_USER_INPUT */
export type CheckLimits = (query: string) => void;

/**
 * Runs before validation, not as one of its rules: some rules of graphql-js
 * compare every field with every other, and a document that is too large must
 * not get that far. It costs one more parse of a document that is seen for the
 * first time; what was admitted is remembered, long texts by their hash.
 */
export function createLimits(settings: LimitSettings, maxDocuments = 2_000): CheckLimits {
  const admitted = new LRUCache<string, true>({ max: maxDocuments });
  return (query) => {
    const name = query.length <= SHORT ? query : createHash('sha256').update(query).digest('base64');
    if (admitted.has(name)) return;
    const document = parseWithin(settings.MAX_TOKENS, query);
    if (!document) return;
    refuseUnsupported(document, settings.NODE_ENV === 'production');
    refuseCrowds(document);
    refuseLarge(measureDocument(document), settings);
    checkLiterals(document);
    admitted.set(name, true);
  };
}

/** Of a document, in characters: to find it by itself costs less than to hash it, and a hash is no document. */
const SHORT = 1_000;

/** @returns undefined for a syntax error, which Apollo Server reports with its place */
function parseWithin(maxTokens: number, query: string): DocumentNode | undefined {
  try {
    return parse(query, { maxTokens, noLocation: true });
  } catch (error) {
    if (error instanceof GraphQLError && /more tha[nt] \d+ tokens/.test(error.message)) {
      throw new PolygraphError('LIMIT_EXCEEDED', `The document has more than ${maxTokens} tokens.`, {
        facts: { limitOf: 'tokens', limit: maxTokens },
      });
    }
    if (error instanceof GraphQLError) return undefined;
    // Deeply nested input exhausts the stack of the recursive parser before any other limit is known.
    if (error instanceof RangeError) throw new PolygraphError('LIMIT_EXCEEDED', 'The document is nested too deeply.');
    throw error;
  }
}

function refuseLarge(measure: Measure, settings: LimitSettings): void {
  const checks = [
    ['depth', 'levels of fields', settings.MAX_DEPTH],
    ['rootFields', 'fields at its root', settings.MAX_ROOT_FIELDS],
    ['aliases', 'aliases', settings.MAX_ALIASES],
    ['directives', 'directives', settings.MAX_DIRECTIVES],
    ['fields', 'fields', settings.MAX_FIELDS],
  ] as const;
  for (const [dimension, noun, limit] of checks) {
    if (measure[dimension] > limit) {
      const message = `The operation has ${measure[dimension]} ${noun}, fragments written out; at most ${limit} are allowed.`;
      throw new PolygraphError('LIMIT_EXCEEDED', message, {
        facts: { limitOf: dimension, limit, found: measure[dimension] },
      });
    }
  }
}

/** Each unknown one is an error of its own, so that a short text would give a long answer. */
function refuseCrowds(document: DocumentNode): void {
  visit(document, {
    enter(node) {
      const found = 'directives' in node ? (node.directives?.length ?? 0) : 0;
      if (found <= MOST_DIRECTIVES_AT_ONE_PLACE) return;
      const message = `There are ${found} directives at one place; at most ${MOST_DIRECTIVES_AT_ONE_PLACE} are allowed.`;
      const facts = { limitOf: 'directivesAtOnePlace', limit: MOST_DIRECTIVES_AT_ONE_PLACE, found };
      throw new PolygraphError('LIMIT_EXCEEDED', message, { facts });
    },
  });
}

/** graphql-js knows five, and no place takes more than three of them. */
const MOST_DIRECTIVES_AT_ONE_PLACE = 5;

/** Said here with a cure; further on these would be an unknown directive and an internal error. */
function refuseUnsupported(document: DocumentNode, production: boolean): void {
  visit(document, {
    OperationDefinition(node) {
      if (node.operation === 'subscription') {
        throw unsupported('Subscriptions are not served here yet; ask again with a query.');
      }
    },
    Directive(node) {
      const name = node.name.value;
      if (name === 'defer' || name === 'stream') {
        throw unsupported(`@${name} is not supported; send what may come later as a second query.`);
      }
    },
    Field(node) {
      const hidden = node.name.value === '__schema' || node.name.value === '__type';
      if (production && hidden) throw unsupported('Introspection is off in production; use the published schema.');
    },
  });
}

const unsupported = (message: string): PolygraphError => new PolygraphError('NOT_SUPPORTED', message);
