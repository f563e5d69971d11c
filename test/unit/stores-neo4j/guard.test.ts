import { describe, expect, it } from 'vitest';
import { bindTenant, checkStatement, StatementRefused } from '#stores/neo4j/guard';

const TENANT = '00000000-0000-4000-8000-000000000001';

describe('the guard sends', () => {
  it.each([
    ['a tenant in the map', 'MATCH (t:Topic {tenantId: $tenantId, id: $id}) RETURN t.name AS name'],
    [
      'a tenant in the condition',
      'MATCH (t:Topic) WHERE t.name = $n AND (t.tenantId = $tenantId AND t.x > 1) RETURN t',
    ],
    ['a tenant after WITH *', 'MATCH (t:Topic) WITH * WHERE ($a = true AND t.tenantId = $jwt.tenantId) RETURN t'],
    [
      'a variable in scope',
      'MATCH (a:A {tenantId: $tenantId}) MATCH (a)-[r:R]->(b:B {tenantId: $tenantId}) RETURN a, b',
    ],
    [
      'a renamed variable',
      'MATCH (a {tenantId: $tenantId}) WITH a AS z MATCH (z)-->(b {tenantId: $tenantId}) RETURN b',
    ],
    ['an imported variable', 'MATCH (a {tenantId: $tenantId}) CALL (a) { MERGE (a)-[:R]->(a) } RETURN count(*) AS n'],
    ['an importing WITH', 'MATCH (a {tenantId: $tenantId}) CALL { WITH a SET a.x = 1 RETURN 1 AS one } RETURN one'],
    [
      'a scoped subquery',
      'MATCH (a {tenantId: $tenantId}) WHERE EXISTS { MATCH (a)--(b {tenantId: $tenantId}) } RETURN a',
    ],
    ['names in backticks', 'MATCH (`a`:`Topic` {tenantId: $tenantId}) RETURN `a`.`name` AS name'],
    ['erasing all of a tenant', 'MATCH (n {tenantId: $tenantId}) DETACH DELETE n'],
    ['STARTS WITH', 'MATCH (a:A {tenantId: $tenantId}) WHERE a.name STARTS WITH $x RETURN a.name AS name'],
  ])('%s', (_name, statement) => {
    expect(() => checkStatement(statement)).not.toThrow();
  });
});

describe('the guard refuses', () => {
  it.each([
    ['no tenant', 'MATCH (n) RETURN n'],
    ['an anonymous node', 'MATCH (a {tenantId: $tenantId})-->() RETURN a'],
    ['a tenant of the caller', 'MATCH (n {tenantId: $other}) RETURN n'],
    ['a tenant of a row', 'UNWIND $rows AS row MATCH (n {tenantId: row.tenantId}) RETURN n'],
    ['two tenants in a map', 'MATCH (n {tenantId: $tenantId, tenantId: $other}) RETURN n'],
    ['a computed tenant', 'MATCH (n {tenantId: $tenantId + $x}) RETURN n'],
    ['OR', 'MATCH (n) WHERE n.tenantId = $tenantId OR true RETURN n'],
    ['OR in brackets', 'MATCH (n) WHERE true AND (n.tenantId = $tenantId OR 1 = 1) RETURN n'],
    ['XOR', 'MATCH (n) WHERE n.tenantId = $tenantId XOR true RETURN n'],
    ['NOT', 'MATCH (n) WHERE NOT n.tenantId = $tenantId RETURN n'],
    ['NOT in brackets', 'MATCH (n) WHERE NOT (n.tenantId = $tenantId) RETURN n'],
    ['CASE', 'MATCH (n) WHERE CASE WHEN false AND n.tenantId = $tenantId AND true THEN 1 ELSE true END RETURN n'],
    ['a comparison of a comparison', 'MATCH (n) WHERE n.tenantId = $tenantId = false RETURN n'],
    ['more than the tenant of the token', 'MATCH (n) WHERE n.tenantId = $jwt.tenantId + $x RETURN n'],
    ['more than the tenant of the token in a map', 'MATCH (n {tenantId: $jwt.tenantId + $x}) RETURN n'],
    ['a filter after a limit', 'MATCH (n) WITH n LIMIT 1 WHERE n.tenantId = $tenantId RETURN n'],
    ['a filter after a projection', 'MATCH (n) WITH n, count(*) AS c WHERE n.tenantId = $tenantId RETURN c'],
    ['a filter on one of two', 'MATCH (n)-->(m) WITH DISTINCT n WHERE n.tenantId = $tenantId RETURN n'],
    ['a name that WITH dropped', 'MATCH (n {tenantId: $tenantId}) WITH count(n) AS c MATCH (n) RETURN n'],
    ['a name from another UNION branch', 'MATCH (n {tenantId: $tenantId}) RETURN n UNION MATCH (n) RETURN n'],
    ['a name that was not imported', 'MATCH (n {tenantId: $tenantId}) CALL { MATCH (n) RETURN n AS m } RETURN m'],
    ['a subquery without the tenant', 'MATCH (a {tenantId: $tenantId}) WHERE EXISTS { MATCH (a)--(b) } RETURN a'],
    ['a pattern in COUNT', 'MATCH (a {tenantId: $tenantId}) RETURN COUNT { (a)--() } AS n'],
    ['a pattern in an expression', 'MATCH (a {tenantId: $tenantId}) RETURN size([(a)-[:R]->(b) | b.name]) AS n'],
    ['a pattern as predicate', 'MATCH (a {tenantId: $tenantId}) WHERE (a)--(:Secret {name: $x}) RETURN a'],
    ['a variable length', 'MATCH (a {tenantId: $tenantId})-[*]->(b {tenantId: $tenantId}) RETURN b'],
    ['a typed variable length', 'MATCH (a {tenantId: $tenantId})-[:R*1..3]->(b {tenantId: $tenantId}) RETURN b'],
    ['a quantified path', 'MATCH (a {tenantId: $tenantId}) ((x)-->(y)){1,3} (b {tenantId: $tenantId}) RETURN b'],
    ['shortestPath', 'MATCH p = shortestPath((a {tenantId: $tenantId})-[*]-(b {tenantId: $tenantId})) RETURN p'],
    ['SHORTEST', 'MATCH p = ANY SHORTEST (a {tenantId: $tenantId})-->(b {tenantId: $tenantId}) RETURN p'],
    ['a condition in the pattern', 'MATCH (a:A WHERE a.tenantId = $tenantId) RETURN a'],
    ['a map from a parameter', 'MATCH (a $map) RETURN a'],
    ['CREATE without tenant', 'CREATE (n:Topic {name: $name}) RETURN n'],
    ['CREATE with a condition', 'CREATE (n:Topic) WITH * WHERE n.tenantId = $tenantId RETURN n'],
    ['MERGE without tenant', 'MERGE (n:Topic {id: $id}) RETURN n'],
    ['SET of the tenant', 'MATCH (n {tenantId: $tenantId}) SET n.tenantId = $other RETURN n'],
    ['SET of the tenant in backticks', 'MATCH (n {tenantId: $tenantId}) SET n.`tenantId` = $other RETURN n'],
    ['SET of a map', 'MATCH (n {tenantId: $tenantId}) SET n = $map RETURN n'],
    ['SET of more properties', 'MATCH (n {tenantId: $tenantId}) SET n += $map RETURN n'],
    ['SET of a computed name', 'MATCH (n {tenantId: $tenantId}) SET n[$key] = 1 RETURN n'],
    ['SET of a label', 'MATCH (n {tenantId: $tenantId}) SET n:Other RETURN n'],
    ['ON MATCH SET of the tenant', 'MERGE (n {tenantId: $tenantId}) ON MATCH SET n.x = 1, n.tenantId = $other'],
    ['REMOVE', 'MATCH (n {tenantId: $tenantId}) REMOVE n.tenantId RETURN n'],
    ['REMOVE after an expression', 'MATCH (n {tenantId: $tenantId}) SET n.x = 1 REMOVE n.tenantId RETURN n'],
    ['LOAD CSV', "LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line"],
    ['LOAD CSV later', "WITH 1 AS x LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line"],
    [
      'LOAD CSV after an expression',
      "MATCH (n {tenantId: $tenantId}) WHERE true LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line",
    ],
    ['CALL dbms', 'CALL dbms.listConfig() YIELD name RETURN name'],
    ['CALL db', 'CALL db.labels()'],
    ['CALL apoc', 'CALL apoc.cypher.run($text, $map) YIELD value RETURN value'],
    ['an index procedure', "CALL db.index.fulltext.queryNodes('x', $q) YIELD node RETURN node"],
    ['an apoc function', 'RETURN apoc.cypher.runFirstColumnSingle($text, $map) AS x'],
    ['USE', 'USE system MATCH (n {tenantId: $tenantId}) RETURN n'],
    ['USE after UNION', 'RETURN 1 AS n UNION USE system MATCH (n {tenantId: $tenantId}) RETURN n'],
    ['SHOW', 'SHOW USERS'],
    ['CREATE USER', 'CREATE USER eve SET PASSWORD $p'],
    ['CREATE INDEX', 'CREATE INDEX x FOR (n:A) ON (n.b)'],
    ['DROP', 'DROP CONSTRAINT topic_id'],
    ['EXPLAIN', 'EXPLAIN MATCH (n) RETURN n'],
    ['IN TRANSACTIONS', 'MATCH (n {tenantId: $tenantId}) CALL (n) { DELETE n } IN TRANSACTIONS'],
    ['FOREACH', 'MATCH (n {tenantId: $tenantId}) FOREACH (x IN [1] | CREATE (:A))'],
    ['FOREACH after an expression', 'MATCH (n {tenantId: $tenantId}) SET n.x = 1 FOREACH (x IN [1] | CREATE (:A))'],
    ['two statements', 'RETURN 1 AS a; MATCH (n) RETURN n'],
    ['a comment', 'MATCH (n {tenantId: $tenantId /*})*/ }) RETURN n'],
    ['a line comment', 'MATCH (n {tenantId: $tenantId}) // x\nRETURN n'],
    ['a condition in a comment', 'MATCH (n) WHERE n.x = 1 // AND n.tenantId = $tenantId\nRETURN n'],
    ['an escape', 'MATCH (n {name: "\\u0022}) MATCH (m) RETURN m //"}) RETURN n'],
    ['a backtick escape', 'MATCH (n:`A`` {tenantId: $tenantId}) MATCH (m`) RETURN m'],
    ['a literal with a quote in it', `MATCH (n {tenantId: $tenantId, name: "a' OR 1=1"}) RETURN n`],
    ['a variable named like a clause', 'MATCH (a {tenantId: $tenantId}) WITH a AS starts RETURN starts'],
    ['an unclosed bracket', 'MATCH (a {tenantId: $tenantId} RETURN a'],
    ['nothing it knows', 'GRAPH x'],
  ])('%s', (_name, statement) => {
    expect(() => checkStatement(statement)).toThrow(StatementRefused);
  });
});

describe('the parameters', () => {
  it('carry the tenant of the handle', () => {
    expect(bindTenant(TENANT, 'RETURN $x AS x', { x: 1 })).toEqual({
      x: 1,
      tenantId: TENANT,
      jwt: { tenantId: TENANT },
    });
  });

  it.each([
    { tenantId: TENANT },
    { jwt: { tenantId: 'another' } },
    { jwt: { tenantId: TENANT, more: 1 } },
    { jwt: { tenantId: [TENANT] } },
    { jwt: null },
    { jwt: {} },
  ])('cannot name a tenant: %j', (parameters) => {
    expect(() => bindTenant(TENANT, 'RETURN 1 AS one', parameters)).toThrow(StatementRefused);
  });
});
