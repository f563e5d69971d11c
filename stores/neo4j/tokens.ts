export interface Token {
  readonly kind: 'word' | 'number' | 'string' | 'parameter' | 'sign';
  /** A word as written, a parameter without its `$`. */
  readonly text: string;
  /** A word in upper case, backticks kept, so that a quoted name is never a keyword; the text of anything else. */
  readonly upper: string;
}

/** Thrown instead of sending a statement; a programming error, never the client's. */
export class StatementRefused extends Error {
  override readonly name = 'StatementRefused';
}

/**
 * Cuts a statement into tokens. What could make us read a statement otherwise
 * than Neo4j does is refused rather than understood: comments, `\` (Cypher
 * resolves \u escapes before it parses), unusual names in backticks, literals
 * with anything but plain characters, several statements, bytes beyond ASCII.
 */
export function tokenize(statement: string): Token[] {
  const tokens: Token[] = [];
  let rest = statement.replace(/^CYPHER 5\n/, '').trimStart();
  while (rest) {
    const found = RULES.map(([kind, pattern]) => [kind, pattern.exec(rest)?.[0]] as const).find(([, text]) => text);
    if (!found?.[1]) throw new StatementRefused(`The guard does not read ${JSON.stringify(rest.slice(0, 30))}.`);
    const [kind, text] = found;
    if (COMMENTS.test(rest)) throw new StatementRefused('A statement holds no comments.');
    tokens.push(token(kind, text));
    rest = rest.slice(text.length).trimStart();
  }
  return tokens;
}

function token(kind: Token['kind'], matched: string): Token {
  const text = matched.replace(/^\$|^`|`$/g, '');
  return { kind, text, upper: kind === 'word' ? matched.toUpperCase() : text };
}

const COMMENTS = /^\/[/*]/;
const RULES: readonly (readonly [Token['kind'], RegExp])[] = [
  ['word', /^(?:[A-Za-z_][A-Za-z0-9_]*|`[A-Za-z_][A-Za-z0-9_]*`)/],
  ['number', /^\d+(?:\.\d+)?(?:[eE]-?\d+)?/],
  ['string', /^(?:"[\w .:/-]*"|'[\w .:/-]*')/],
  ['parameter', /^\$[A-Za-z_][A-Za-z0-9_]*/],
  ['sign', /^[()[\]{}<>=+\-*/%^.,:|&!?]/],
];
