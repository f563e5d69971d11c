import { isDeepStrictEqual } from 'node:util';
import { LRUCache } from 'lru-cache';
import { checkBlock } from './clauses.ts';
import { StatementRefused, tokenize } from './tokens.ts';

export { StatementRefused } from './tokens.ts';

/**
 * The second wall of Neo4j, which in Community Edition has neither rows nor
 * roles to keep tenants apart. A statement is sent only where the guard proves
 * from its text alone:
 *
 * 1. Every node that a MATCH, OPTIONAL MATCH, MERGE or CREATE brings in is bound to the tenant: its map holds
 *    `tenantId: $tenantId`, or a conjunct of that MATCH's own WHERE is `n.tenantId = $tenantId` (or `$jwt.tenantId`).
 *    A node pattern that names a variable already in scope needs no proof, since its value came from such a pattern.
 * 2. `$tenantId` and `$jwt` are set here, from the TenantContext, and nowhere else.
 * 3. No path leaves the tenant in between: variable-length relationships, quantified paths, shortest paths, and
 *    patterns inside expressions are refused, so every node of a path is a node of rule 1. Relationships are therefore
 *    only ever created between two nodes of the tenant.
 * 4. `tenantId` is never written except by rule 1: SET takes single named properties, and not this one.
 * 5. Nothing reaches around patterns: no procedures, no namespaced functions, no LOAD CSV, USE, SHOW, schema or
 *    administration commands, no comments, no escapes. What the guard does not understand is refused.
 *
 * By induction every node, relationship and path in a result is the tenant's, as long as no relationship joins two
 * tenants, which rule 3 keeps true for all that is written through a tenant's handle.
 *
 * What it does not prove: that a statement is correct or fast, that values computed from the tenant's own nodes are
 * meant for the caller (scopes are checked before), and what the system handle writes.
 *
 * @returns the parameters to send
 * @throws StatementRefused
 */
export function bindTenant(
  tenantId: string,
  statement: string,
  parameters: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  checkStatement(statement);
  const { jwt, ...others } = parameters;
  if (Object.hasOwn(others, 'tenantId')) throw new StatementRefused('`tenantId` is set by the handle.');
  if (jwt !== undefined && !isDeepStrictEqual(jwt, { tenantId })) {
    throw new StatementRefused('`jwt` names the tenant of the handle and nothing else.');
  }
  return { ...others, tenantId, jwt: { tenantId } };
}

/** @throws StatementRefused */
export function checkStatement(statement: string): void {
  if (accepted.has(statement)) return;
  checkBlock(tokenize(statement), new Set());
  accepted.set(statement, true);
}

/** Proofs depend on the text alone, so one is good for every tenant. */
const accepted = new LRUCache<string, true>({ max: 2_000 });
