import { closing, depthChange, isSign, isWord, splitOutside } from './brackets.ts';
import { parsePatterns } from './patterns.ts';
import { variablesProven } from './proofs.ts';
import { StatementRefused, type Token } from './tokens.ts';

/** Names in scope. A name in scope holds a value that came from a proven pattern, or no node at all. */
type Scope = Set<string>;

interface Clause {
  readonly keyword: string;
  readonly body: Token[];
}

/**
 * Checks a statement, or the inside of a subquery, clause by clause.
 * @param inherited names that the surrounding statement hands in
 * @returns names that its last RETURN hands out
 */
export function checkBlock(tokens: readonly Token[], inherited: Scope): Scope {
  const clauses = cutClauses(tokens);
  let scope = inherited;
  let returned: Scope = new Set();
  for (const [index, { keyword, body }] of clauses.entries()) {
    const where = whereAfter(clauses.slice(index + 1));
    if (keyword === 'UNION') scope = inherited;
    else scope = (STEPS[keyword] ?? checkOther)(body, new Set(scope), where);
    if (keyword === 'RETURN') returned = scope;
  }
  return returned;
}

/**
 * The condition of a MATCH: its WHERE, or the one after `WITH *` or `WITH DISTINCT v`,
 * through which all of its rows pass before anything else reads them.
 */
function whereAfter(clauses: readonly Clause[]): readonly Token[] {
  const next = clauses.find(({ keyword, body }) => keyword !== 'WITH' || !passesOn(body));
  return next?.keyword === 'WHERE' ? next.body : [];
}

function passesOn(body: readonly Token[]): boolean {
  if (body.length === 1) return isSign(body[0], '*');
  return body.length === 2 && isWord(body[0], 'DISTINCT') && body[1]?.kind === 'word';
}

/** Checks one clause and says what is in scope after it. */
type Step = (body: readonly Token[], scope: Scope, where: readonly Token[]) => Scope;

const checkOther: Step = (body, scope) => {
  checkExpression(body, scope);
  return scope;
};

const STEPS: Readonly<Record<string, Step>> = {
  MATCH: bindPatterns,
  CREATE: (body, scope) => bindPatterns(body, scope, []),
  MERGE: (body, scope) => bindPatterns(body, scope, []),
  WITH: project,
  RETURN: project,
  UNWIND: (body, scope) => new Set([...scope, ...project(body, scope)]),
  CALL: checkSubquery,
  SET: checkSet,
};

function bindPatterns(body: readonly Token[], scope: Scope, where: readonly Token[]): Scope {
  const { nodes, others, maps } = parsePatterns(body);
  const proven = variablesProven(where);
  for (const node of nodes) {
    if (node.name === undefined ? !node.proven : !(node.proven || scope.has(node.name) || proven.has(node.name))) {
      throw new StatementRefused(`Nothing binds the node (${node.name ?? ''}) to the tenant.`);
    }
    if (node.name !== undefined) scope.add(plainName(node.name));
  }
  for (const name of others) scope.add(plainName(name));
  for (const map of maps) checkExpression(map, scope);
  return scope;
}

/** What is in scope after WITH or RETURN: the names it lists, or everything after `*`. */
function project(body: readonly Token[], scope: Scope): Scope {
  const items = splitOutside(isWord(body[0], 'DISTINCT') ? body.slice(1) : body, (token) => isSign(token, ','));
  const next: Scope = new Set();
  for (const item of items) {
    checkExpression(item, scope);
    if (item.length === 1 && isSign(item[0], '*')) for (const name of scope) next.add(name);
    else if (item.length === 1 && item[0]?.kind === 'word') next.add(plainName(item[0].text));
    else next.add(aliasOf(item));
  }
  return next;
}

function aliasOf(item: readonly Token[]): string {
  const [as, name] = item.slice(-2);
  const aliases = splitOutside(item, (token) => isWord(token, 'AS')).length - 1;
  // RETURN may leave out AS for a property; without a name nothing can be bound to it.
  if (aliases === 0) return '';
  if (aliases > 1 || !isWord(as, 'AS') || name?.kind !== 'word') throw new StatementRefused('An AS is out of place.');
  return plainName(name.text);
}

/** `CALL (a, b) { ... }` and `CALL { WITH a ... }`. A procedure is refused: its rows come from outside of patterns. */
function checkSubquery(body: readonly Token[], scope: Scope): Scope {
  const imports = isSign(body[0], '(') ? body.slice(1, closing(body, 0)) : [];
  const open = isSign(body[0], '(') ? closing(body, 0) + 1 : 0;
  if (!isSign(body[open], '{') || closing(body, open) !== body.length - 1) {
    throw new StatementRefused('CALL is for subqueries only.');
  }
  const inherited = imports.length > 0 ? project(imports, scope) : new Set<string>();
  return new Set([...scope, ...checkBlock(body.slice(open + 1, -1), inherited)]);
}

function checkSet(body: readonly Token[], scope: Scope): Scope {
  for (const item of splitOutside(body, (token) => isSign(token, ','))) {
    const [variable, dot, property, equals] = item;
    const plain = variable?.kind === 'word' && isSign(dot, '.') && property?.kind === 'word' && isSign(equals, '=');
    if (!plain || property.text === 'tenantId') {
      throw new StatementRefused('SET takes single named properties, and never tenantId.');
    }
    checkExpression(item.slice(4), scope);
  }
  return scope;
}

function checkExpression(tokens: readonly Token[], scope: Scope): void {
  for (let at = 0; at < tokens.length; at += 1) {
    const [token, next, second, third] = tokens.slice(at, at + 4);
    if (isSign(token, ')') && isArrow(next, second)) throw new StatementRefused('A pattern inside an expression.');
    if (token?.kind === 'word' && isSign(next, '.') && second?.kind === 'word' && isSign(third, '(')) {
      throw new StatementRefused(`The function ${token.text}.${second.text} is not one the guard knows.`);
    }
    if (isSign(token, '{') && opensSubquery(tokens[at - 1], next, second)) {
      const end = closing(tokens, at);
      checkBlock(tokens.slice(at + 1, end), scope);
      at = end;
    }
  }
}

function isArrow(first: Token | undefined, second: Token | undefined): boolean {
  if (isSign(first, '<')) return isSign(second, '-');
  return isSign(first, '-') && (isSign(second, '[') || isSign(second, '-'));
}

function opensSubquery(before: Token | undefined, first: Token | undefined, second: Token | undefined): boolean {
  if (before?.kind === 'word' && SUBQUERY_EXPRESSIONS.has(before.upper)) return true;
  return first?.kind === 'word' && CLAUSES.has(first.upper) && !isSign(second, ':');
}

function cutClauses(tokens: readonly Token[]): Clause[] {
  const clauses: Clause[] = [];
  let depth = 0;
  tokens.forEach((token, at) => {
    depth += depthChange(token);
    const plain = token.kind === 'word' && !isSign(tokens[at - 1], '.') && !isSign(tokens[at + 1], ':');
    if (plain && FORBIDDEN.has(token.upper)) throw new StatementRefused(`${token.upper} is not for tenants.`);
    if (depth === 0 && plain && CLAUSES.has(token.upper) && !isPartOfOperator(tokens, at)) {
      clauses.push({ keyword: token.upper, body: [] });
    } else if (clauses.length > 0) clauses.at(-1)?.body.push(token);
    else throw new StatementRefused(`A statement does not begin with ${token.text}.`);
  });
  return clauses.filter(({ keyword, body }, at) => {
    // OPTIONAL, ON and DETACH belong to the clause after them; ON CREATE and ON MATCH to their SET.
    const isPrefix = PREFIXES.has(keyword) || clauses[at - 1]?.keyword === 'ON';
    if (isPrefix && body.length > 0) throw new StatementRefused('A clause is out of place.');
    return !isPrefix;
  });
}

/** STARTS WITH and ENDS WITH. */
function isPartOfOperator(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1];
  if (!isWord(tokens[at], 'WITH') || !(isWord(before, 'STARTS') || isWord(before, 'ENDS'))) return false;
  if (isSign(tokens[at - 2], '.')) throw new StatementRefused('A property has the name of an operator.');
  return true;
}

/** A variable named like a keyword could make the guard cut a statement elsewhere than Neo4j does. */
function plainName(name: string): string {
  const upper = name.toUpperCase();
  if (CLAUSES.has(upper) || OPERATORS.has(upper)) throw new StatementRefused(`A variable is named ${name}.`);
  return name;
}

const PREFIXES = new Set(['OPTIONAL', 'ON', 'DETACH']);
const SUBQUERY_EXPRESSIONS = new Set(['EXISTS', 'COUNT', 'COLLECT']);
const OPERATORS = new Set(['STARTS', 'ENDS', 'AND', 'OR', 'XOR', 'NOT', 'AS', 'CASE', 'DISTINCT', 'IN', 'BY', 'ALL']);
const CLAUSES = new Set(
  'MATCH OPTIONAL WHERE WITH RETURN UNWIND CALL MERGE CREATE ON SET DELETE DETACH UNION ORDER SKIP OFFSET LIMIT'.split(
    ' ',
  ),
);
const FORBIDDEN = new Set(
  (
    'LOAD CSV USE SHOW ALTER DROP GRANT DENY REVOKE TERMINATE FOREACH REMOVE YIELD EXPLAIN PROFILE CYPHER PERIODIC ' +
    'TRANSACTIONS CONSTRAINT INDEX INSERT FILTER LET NEXT FINISH SHORTESTPATH ALLSHORTESTPATHS SHORTEST'
  ).split(' '),
);
