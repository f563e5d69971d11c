import { inFile, type Mutant, together } from '../mutant.ts';

const GUARD_TESTS = ['test/unit/stores-neo4j/guard.test.ts'];
const GRAPH = ['test/isolation/neo4j.test.ts'];
const guard = inFile('stores/neo4j/guard.ts', GUARD_TESTS);
const clauses = inFile('stores/neo4j/clauses.ts', GUARD_TESTS);
const proofs = inFile('stores/neo4j/proofs.ts', GUARD_TESTS);

const guardOff = guard({
  id: 'cypher-guard',
  wall: 'the guard that reads each statement',
  text: '  checkStatement(statement);\n',
  instead: '',
  tests: GRAPH,
});
const rulesOff = inFile(
  'subgraphs/knowledge/types.graphql',
  GRAPH,
)({
  id: 'graph-rule-topic',
  wall: 'the rule of @neo4j/graphql on topics',
  text: 'type Topic @node @authorization(filter: [{ where: { node: { tenantId: { eq: "$jwt.tenantId" } } } }])',
  instead: 'type Topic @node',
});
const tenantParameter = guard({
  id: 'cypher-tenant-given',
  wall: 'the refusal of a `$tenantId` that the caller gives',
  text: "if (Object.hasOwn(others, 'tenantId')) throw",
  instead: 'if (!others) throw',
});
const tenantLast = guard({
  id: 'cypher-tenant-last',
  wall: 'the handle’s `$tenantId`, which is written over the caller’s',
  text: 'return { ...others, tenantId, jwt: { tenantId } };',
  instead: 'return { tenantId, jwt: { tenantId }, ...others };',
  coveredBy: ['cypher-tenant-given'],
});

export const NEO4J: readonly Mutant[] = [
  guardOff,
  rulesOff,
  together([guardOff, rulesOff], GRAPH),
  tenantParameter,
  tenantLast,
  together([tenantParameter, tenantLast], GUARD_TESTS),
  guard({
    id: 'cypher-jwt',
    wall: 'the check that `$jwt` names the handle’s tenant',
    text: 'if (jwt !== undefined && !isDeepStrictEqual(jwt, { tenantId })) {',
    instead: 'if (!isDeepStrictEqual) {',
  }),
  clauses({
    id: 'cypher-nodes',
    wall: 'the guard’s proof that a node is bound to the tenant',
    text: 'if (node.name === undefined ? !node.proven : !(node.proven || scope.has(node.name) || proven.has(node.name))) {',
    instead: 'if (!proven) {',
  }),
  inFile(
    'stores/neo4j/patterns.ts',
    GUARD_TESTS,
  )({
    id: 'cypher-variable-length',
    wall: 'the guard’s refusal of paths of variable length',
    text: "      labels();\n      map();\n      take(']');",
    instead: "      while (at < tokens.length && !isSign(tokens[at], ']')) at += 1;\n      take(']');",
  }),
  clauses({
    id: 'cypher-pattern-in-expression',
    wall: 'the guard’s refusal of patterns inside expressions',
    text: "if (isSign(token, ')') && isArrow(next, second)) throw",
    instead: 'if (!isArrow) throw',
  }),
  clauses({
    id: 'cypher-set-tenant',
    wall: 'the guard’s refusal to write `tenantId`',
    text: "if (!plain || property.text === 'tenantId') {",
    instead: 'if (!plain) {',
  }),
  clauses({
    id: 'cypher-set-map',
    wall: 'the guard’s refusal to write all properties at once',
    text: "if (!plain || property.text === 'tenantId') {",
    instead: "if (property?.text === 'tenantId') {",
  }),
  clauses({
    id: 'cypher-procedures',
    wall: 'the guard’s refusal of procedures',
    text: "throw new StatementRefused('CALL is for subqueries only.');",
    instead: 'return scope;',
  }),
  clauses({
    id: 'cypher-functions',
    wall: 'the guard’s refusal of functions of libraries',
    text: "if (token?.kind === 'word' && isSign(next, '.') && second?.kind === 'word' && isSign(third, '(')) {",
    instead: 'if (!third && !token) {',
  }),
  clauses({
    id: 'cypher-words',
    wall: 'the list of words that no tenant’s statement has',
    text: 'if (plain && FORBIDDEN.has(token.upper)) throw',
    instead: 'if (!FORBIDDEN) throw',
  }),
  clauses({
    id: 'cypher-union',
    wall: 'the new begin of what is in scope at UNION',
    text: "if (keyword === 'UNION') scope = inherited;",
    instead: "if (keyword === 'UNION') scope = new Set(scope);",
  }),
  clauses({
    id: 'cypher-subqueries',
    wall: 'the reading of subqueries inside expressions',
    text: 'checkBlock(tokens.slice(at + 1, end), scope);\n      at = end;',
    instead: 'at = end;',
  }),
  proofs({
    id: 'cypher-or',
    wall: 'the guard’s mistrust of OR, XOR and CASE',
    text: "if (has('OR') || has('XOR') || has('CASE')) return new Set();",
    instead: '',
  }),
  proofs({
    id: 'cypher-equality',
    wall: 'the guard’s insistence on `= $tenantId` and nothing more',
    text: "if (parameter?.kind !== 'parameter' || more.length > 0) return false;",
    instead: "if (parameter?.kind !== 'parameter') return false;",
  }),
  inFile(
    'stores/neo4j/tokens.ts',
    GUARD_TESTS,
  )({
    id: 'cypher-comments',
    wall: 'the guard’s refusal of comments',
    text: 'if (COMMENTS.test(rest)) throw',
    instead: 'if (!COMMENTS) throw',
  }),
  inFile(
    'stores/neo4j/migrate.ts',
    GRAPH,
  )({
    id: 'graph-constraint',
    wall: 'the tenant in what makes a node unique',
    text: 'REQUIRE (n.tenantId, n.${property}) IS UNIQUE',
    instead: 'REQUIRE (n.${property}) IS UNIQUE',
    refusal: /already exists with label/,
  }),
  inFile('stores/neo4j/ids.ts', ['test/unit/stores-neo4j/ids.test.ts'])({
    id: 'graph-id',
    wall: 'the tenant in the id of a named node',
    text: 'uuidV5(`${tenantId}\\n${label}',
    instead: 'uuidV5(`${label}',
  }),
];
