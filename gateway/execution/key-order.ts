import { type ConstDirectiveNode, Kind, parse, print, type TypeDefinitionNode, visit } from 'graphql';

/**
 * Puts the keys by which a subgraph finds an entity before those it only gives.
 * For a field with `@requires` the planner of Apollo goes back to its subgraph
 * with the first key of the type, also where that one is `resolvable: false`:
 * the subgraph is then asked with a key that it said it cannot use.
 * @returns the same text where no key has to move
 */
export function resolvableKeysFirst(supergraphSdl: string): string {
  const moved = { any: false };
  const reordered = <T extends TypeDefinitionNode>(node: T): T => {
    const directives = node.directives ?? [];
    const sorted = [...directives].sort((a, b) => Number(isOnlyGiven(a)) - Number(isOnlyGiven(b)));
    moved.any ||= sorted.some((directive, at) => directive !== directives[at]);
    return { ...node, directives: sorted };
  };
  const document = visit(parse(supergraphSdl, { noLocation: true }), {
    ObjectTypeDefinition: reordered,
    InterfaceTypeDefinition: reordered,
  });
  return moved.any ? print(document) : supergraphSdl;
}

function isOnlyGiven({ name, arguments: given = [] }: ConstDirectiveNode): boolean {
  if (name.value !== 'join__type') return false;
  return given.some(
    ({ name, value }) => name.value === 'resolvable' && value.kind === Kind.BOOLEAN && value.value === false,
  );
}
