import type { Relation, Shape } from './shape.ts';

/** Every connection type of the contract: `Content.topics` is a ContentTopicsConnection, `Query.topics` a TopicConnection. */
export function connectionsOf(shape: Shape): (readonly [name: string, relation: Relation])[] {
  const nested = [...shape.entities].flatMap(([entity, { relations }]) =>
    [...relations].map(([field, relation]) => [connectionName(entity, field), relation] as const),
  );
  const roots = [...shape.roots.values()].map((relation) => [`${relation.node}Connection`, relation] as const);
  return [...nested, ...roots];
}

export function connectionName(entity: string, field: string): string {
  return `${entity}${capitalised(field)}Connection`;
}

export function edgeName(connection: string): string {
  return connection.replace(/Connection$/, 'Edge');
}

/** The argument that keeps edges with a small property out: `minRelevance` of `relevance`. */
export function leastArgument(property: string): string {
  return `min${capitalised(property)}`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
