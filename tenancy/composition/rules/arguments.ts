import type { InputValueDefinitionNode } from 'graphql';
import { type Definitions, namedTypeOf } from '../definitions.ts';
import type { TenancyViolation } from '../violation.ts';

/**
 * A tenant is a fact of the caller, never a wish: no field takes one, at any
 * depth of its inputs. What looks like a tenant id in an argument is where
 * filters by client-chosen tenants begin.
 */
export function tenantArguments(subgraphs: readonly Definitions[]): TenancyViolation[] {
  return subgraphs.flatMap((definitions) => {
    const { subgraph, types, roots, inputs } = definitions;
    return [...types.values(), ...roots].flatMap((type) =>
      type.fields.flatMap((field) =>
        (field.arguments ?? [])
          .map((argument) => findTenant(argument, inputs, new Set()))
          .filter((path) => path !== undefined)
          .map((path) => ({
            rule: 'tenant-as-argument' as const,
            subgraph,
            where: `${type.name}.${field.name.value}`,
            message: `takes a tenant as argument (${path}).`,
            cure: 'Remove the argument: the tenant comes from the verified caller alone.',
          })),
      ),
    );
  });
}

function findTenant(
  value: InputValueDefinitionNode,
  inputs: Definitions['inputs'],
  seen: Set<string>,
): string | undefined {
  const name = value.name.value;
  if (TENANT.test(name)) return name;
  const type = namedTypeOf(value.type);
  if (seen.has(type)) return undefined;
  seen.add(type);
  for (const field of inputs.get(type) ?? []) {
    const path = findTenant(field, inputs, seen);
    if (path !== undefined) return `${name}.${path}`;
  }
  return undefined;
}

/** tenant, tenantId, tenant_ids, byTenant, organizationId, orgId, workspaceId ... */
const TENANT =
  /(^|_|[a-z](?=T))tenant(_?(id|ids|slug|code|key))?$|^(org|organi[sz]ation|workspace|account)_?(id|ids|slug)$/i;
