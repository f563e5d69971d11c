import { defaultFieldResolver, type GraphQLSchema, isObjectType } from 'graphql';
import { PolygraphError } from '#platform/errors';
import { hasScopes, type TenantContext } from '#tenancy/context';
import type { ScopeRequirements } from '#tenancy/needs-scopes';

/**
 * Puts the check of @needsScopes in front of every resolver that needs it. The
 * gateway has checked the same before planning; here it holds for whoever
 * reaches the subgraph by another way, `_entities` included.
 */
export function enforceScopes(schema: GraphQLSchema, requirements: ScopeRequirements): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const path = `${type.name}.${field.name}`;
      const all = requirements.ofField(type.name, field.name);
      if (all.length === 0) continue;
      const resolve = field.resolve ?? defaultFieldResolver;
      field.resolve = (source, args, context: { tenant: TenantContext }, info) => {
        if (!hasScopes(context.tenant, all)) throw missingScopes(path, all, context.tenant);
        return resolve(source, args, context, info);
      };
    }
  }
}

/** Names the scopes that are missing, so that the caller knows what to ask an administrator for. */
export function missingScopes(path: string, all: readonly string[], tenant: TenantContext): PolygraphError {
  const missing = all.filter((scope) => !hasScopes(tenant, [scope]));
  return new PolygraphError('FORBIDDEN', `${path} needs the scope ${missing.join(' and ')}.`, {
    facts: { field: path, missingScopes: missing },
  });
}
