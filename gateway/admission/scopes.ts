import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { PolygraphError } from '#platform/errors';
import { hasScopes, type TenantContext } from '#tenancy/context';
import type { ScopeRequirements } from '#tenancy/needs-scopes';

/** @throws PolygraphError FORBIDDEN that names the scope and the first field that asks for it */
export type CheckScopes = (document: DocumentNode, operation: OperationDefinitionNode, tenant: TenantContext) => void;

/**
 * Refuses an operation before it is planned. It does not replace the check in
 * the subgraphs: it spares them work and tells the caller in one message what is
 * missing. Conditions (@skip, @include) are not weighed: asking counts.
 */
export function createScopeCheck(schema: GraphQLSchema, needed: ScopeRequirements): CheckScopes {
  const demands = new WeakMap<OperationDefinitionNode, readonly Demand[]>();
  return (document, operation, tenant) => {
    let all = demands.get(operation);
    if (!all) {
      all = collectDemands(schema, needed, document, operation);
      demands.set(operation, all);
    }
    const unmet = all.find(({ scopes }) => !hasScopes(tenant, scopes));
    if (!unmet) return;
    const missing = unmet.scopes.filter((scope) => !hasScopes(tenant, [scope]));
    throw new PolygraphError('FORBIDDEN', `${unmet.path} needs the scope ${missing.join(' and ')}.`, {
      facts: { scopes: missing, field: unmet.field },
    });
  };
}

interface Demand {
  readonly scopes: readonly string[];
  /** `Type.field` */
  readonly field: string;
  /** Response names from the root, for a field in a fragment those of its first use. */
  readonly path: string;
}

function collectDemands(
  schema: GraphQLSchema,
  needed: ScopeRequirements,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): readonly Demand[] {
  const found: Demand[] = [];
  const fragments = new Map(
    document.definitions
      .filter((node): node is FragmentDefinitionNode => node.kind === Kind.FRAGMENT_DEFINITION)
      .map((node) => [node.name.value, node]),
  );

  const enter = (set: SelectionSetNode, type: GraphQLNamedType, path: readonly string[]): void => {
    for (const node of set.selections) {
      if (node.kind === Kind.FIELD) {
        enterField(node, type, [...path, node.alias?.value ?? node.name.value]);
      } else if (node.kind === Kind.INLINE_FRAGMENT) {
        enterType(node.selectionSet, node.typeCondition?.name.value ?? type.name, path);
      } else {
        const fragment = fragments.get(node.name.value);
        // Each fragment once: what it asks for does not depend on where it is spread.
        fragments.delete(node.name.value);
        if (fragment) enterType(fragment.selectionSet, fragment.typeCondition.name.value, path);
      }
    }
  };

  const enterType = (set: SelectionSetNode, name: string, path: readonly string[]): void => {
    const type = schema.getType(name);
    if (type) enter(set, type, path);
  };

  const enterField = (node: FieldNode, parent: GraphQLNamedType, path: readonly string[]): void => {
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined;
    if (!field) return;
    const returned = getNamedType(field.type);
    const scopes = new Set([
      ...holders(schema, parent).flatMap((type) => needed.ofField(type, node.name.value)),
      ...needed.ofType(returned.name),
    ]);
    if (scopes.size > 0) {
      found.push({ scopes: [...scopes], field: `${parent.name}.${node.name.value}`, path: path.join('.') });
    }
    if (node.selectionSet && isCompositeType(returned)) enter(node.selectionSet, returned, path);
  };

  enterType(operation.selectionSet, schema.getRootType(operation.operation)?.name ?? '', []);
  return found;
}

/** A field asked of an interface asks for what any type behind it asks for. */
function holders(schema: GraphQLSchema, type: GraphQLNamedType): readonly string[] {
  if (!isAbstractType(type)) return [type.name];
  return [type.name, ...schema.getPossibleTypes(type).map((possible) => possible.name)];
}
