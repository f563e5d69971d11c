import { type DocumentNode, visit } from 'graphql';
import { PolygraphError } from './errors.ts';

/**
 * Refuses text that not every store can keep as it is: PostgreSQL has no NUL,
 * and half of a surrogate pair has no UTF-8. One rule for all input, before
 * anything is written, so that no store keeps what another refused or changed.
 *
 * @throws PolygraphError BAD_USER_INPUT that names the place; LIMIT_EXCEEDED for values within values without end
 */
export function checkVariables(variables: unknown): void {
  if (typeof variables === 'object' && variables !== null) checkInside(variables, []);
}

/** The same for the texts that an operation holds itself. */
export function checkLiterals(document: DocumentNode): void {
  visit(document, {
    StringValue({ value }) {
      const problem = problemOf(value);
      if (problem) throw new PolygraphError('BAD_USER_INPUT', `A text in the operation ${problem}.`);
    },
  });
}

function checkInside(value: object, path: string[]): void {
  if (path.length >= MAX_DEPTH) {
    throw new PolygraphError('LIMIT_EXCEEDED', `${place(path)} is nested deeper than ${MAX_DEPTH} levels.`, {
      facts: { limit: MAX_DEPTH },
    });
  }
  for (const [key, inner] of Object.entries(value)) {
    path.push(key);
    refuse(key, path);
    if (typeof inner === 'string') refuse(inner, path);
    else if (typeof inner === 'object' && inner !== null) checkInside(inner, path);
    path.pop();
  }
}

function refuse(text: string, path: readonly string[]): void {
  const problem = problemOf(text);
  if (problem) throw new PolygraphError('BAD_USER_INPUT', `${place(path)} ${problem}.`);
}

function problemOf(text: string): string | undefined {
  const found = BROKEN.exec(text)?.[0];
  if (found === undefined) return undefined;
  return found === '\0'
    ? 'holds a NUL character; take it out'
    : 'holds half of a surrogate pair; send whole characters';
}

const place = (path: readonly string[]): string => `\`$${path.join('.').replace(new RegExp(BROKEN, 'gu'), '\uFFFD')}\``;

const BROKEN = /[\0\p{Surrogate}]/u;
/** No input of the schema is nested this deep; what is deeper exhausts the stack of those who walk it. */
const MAX_DEPTH = 32;
