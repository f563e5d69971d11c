import { PolygraphError } from '#platform/errors';
import { type NamedLabel, type NamedNode, namedNode } from '#stores/neo4j/ids';
import { atMost } from '../runtime/limits.ts';

/** @throws PolygraphError BAD_USER_INPUT outside 0 to 1 */
export function checkFraction(argument: string, value: number): number {
  if (value >= 0 && value <= 1) return value;
  throw new PolygraphError('BAD_USER_INPUT', `\`${argument}\` is from 0 to 1; got ${value}.`, { facts: { argument } });
}

/** @throws PolygraphError LIMIT_EXCEEDED for a longer list, BAD_USER_INPUT for an empty one */
export function checkList<Item>(argument: string, items: readonly Item[], limit: number): readonly Item[] {
  if (items.length === 0) throw new PolygraphError('BAD_USER_INPUT', `\`${argument}\` is empty; name at least one.`);
  return atMost(limit, argument, items);
}

/** The node that bears a name. @throws PolygraphError BAD_USER_INPUT for an empty or long name */
export function checkName(tenantId: string, label: NamedLabel, argument: string, name: string): NamedNode {
  const node = namedNode(tenantId, label, name);
  if (node.name.length >= 1 && node.name.length <= 100) return node;
  throw new PolygraphError('BAD_USER_INPUT', `\`${argument}\` has 1 to 100 characters; got ${node.name.length}.`);
}

/** As for a document of another tenant: nothing says whether it exists. */
export function noDocument(): never {
  throw new PolygraphError('NOT_FOUND', 'The tenant has no document with that id in its graph.');
}
