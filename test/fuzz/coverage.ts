import { type GraphQLObjectType, type GraphQLSchema, getNamedType, isAbstractType, isObjectType, parse } from 'graphql';
import { readSupergraph } from '#schema/subgraphs';
import { readScopeRequirements } from '#tenancy/needs-scopes';
import { isTenantScope } from '#tenancy/roles';
import { BETWEEN_TENANTS } from './between-tenants.ts';

/** Which fields of the graph were answered with something: an oracle that only ever sees null proves nothing. */
export interface Coverage {
  /** @param field `Type.field` that an answer held, neither null nor an empty list */
  saw(field: string): void;
  hasSeen(field: string): boolean;
  /** Of all fields, 0 to 1. */
  readonly share: number;
  /** Of those that a tenant by itself may be answered with, 0 to 1. */
  readonly shareOfTenants: number;
  /** What a tenant by itself may be answered with and was not. */
  readonly missing: readonly string[];
}

/** @param excluded fields that are never asked for */
export function createCoverage(schema: GraphQLSchema, excluded: ReadonlySet<string>): Coverage {
  const all = fieldsOf(schema, new Set()).filter((field) => !excluded.has(field));
  const ofTenants = fieldsOf(schema, new Set([...excluded, ...ofThePlatform(), ...BETWEEN_TENANTS])).filter(
    (field) => !excluded.has(field),
  );
  const seen = new Set<string>();
  const shareOf = (fields: readonly string[]): number =>
    fields.filter((field) => seen.has(field)).length / fields.length;
  return {
    saw: (field) => void seen.add(field),
    hasSeen: (field) => seen.has(field),
    get share() {
      return shareOf(all);
    },
    get shareOfTenants() {
      return shareOf(ofTenants);
    },
    get missing() {
      return ofTenants.filter((field) => !seen.has(field));
    },
  };
}

/**
 * Fields that need a scope which no tenant can grant. They tell of the installation
 * and so of all tenants together: two worlds must differ in them.
 */
function ofThePlatform(): ReadonlySet<string> {
  const needs = readScopeRequirements(parse(readSupergraph()));
  const fields = needs.fields.filter(({ type, field }) => !needs.ofField(type, field).every(isTenantScope));
  return new Set(fields.map(({ type, field }) => `${type}.${field}`));
}

/** Of all types that a query or a mutation reaches. */
function fieldsOf(schema: GraphQLSchema, closed: ReadonlySet<string>): string[] {
  const reached = new Set<GraphQLObjectType>();
  const open: string[] = [];
  const reach = (type: unknown): void => {
    if (isAbstractType(type)) schema.getPossibleTypes(type).forEach(reach);
    if (!isObjectType(type) || reached.has(type)) return;
    reached.add(type);
    for (const field of Object.values(type.getFields())) {
      const name = `${type.name}.${field.name}`;
      if (closed.has(name)) continue;
      open.push(name);
      reach(getNamedType(field.type));
    }
  };
  for (const root of [schema.getQueryType(), schema.getMutationType()]) reach(root);
  return open;
}
