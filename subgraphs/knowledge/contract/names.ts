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

/**
 * Names the place in a list at which a client asks something of its items: the
 * response key of `nodes`, or those of `edges` and of `node` in it. Of two places
 * no two have one label, whatever they are called.
 */
export function itemLabel(list: string, node = ''): string {
  return `${list.length}_${list}_${node}`;
}

/** What was asked of an item at one place, under the keys that resolvers read. */
export function itemAt(label: string, item: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const prefix = `_${label}_`;
  const asked = Object.entries(item).filter(([key]) => key.startsWith(prefix));
  return {
    __id: item.__id,
    ...Object.fromEntries(asked.map(([key, value]) => [`_${key.slice(prefix.length)}`, value])),
  };
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
