import { readFileSync } from 'node:fs';
import { type ConstDirectiveNode, Kind, type ObjectTypeDefinitionNode, parse, print } from 'graphql';
import { describe, expect, it } from 'vitest';
import { parseSubgraphSdl } from '#schema/subgraphs';
import { contractHasDrifted } from '#subgraphs/knowledge/contract/generate';
import { generateEngine } from '#subgraphs/knowledge/engine';

const types = objectTypes(parse(readFileSync('subgraphs/knowledge/types.graphql', 'utf8')).definitions);
const contract = objectTypes(parseSubgraphSdl('knowledge').definitions);

describe('the contract of knowledge', () => {
  it('is what the generator prints', async () => {
    expect(await contractHasDrifted()).toBe(false);
  });

  it('promises a small part of what is generated', async () => {
    const generated = Object.keys((await generateEngine()).getTypeMap()).length;
    expect(generated).toBeGreaterThan(3 * contract.length);
  });

  it('scopes connections, edges and all else that holds tenant data', () => {
    const open = contract.filter((type) => !hasDirective(type, 'tenantScoped')).map(({ name }) => name.value);
    expect(open).toEqual(['PageInfo', 'Query', 'Mutation']);
  });

  it('lets the fields that it adds to entities of others be null, behind a scope', () => {
    for (const type of contract.filter(({ name }) => ['Content', 'Tenant', 'Query'].includes(name.value))) {
      for (const field of type.fields?.filter(({ name }) => name.value !== 'id') ?? []) {
        expect(field.type.kind).not.toBe(Kind.NON_NULL_TYPE);
        expect(hasDirective(field, 'needsScopes')).toBe(true);
      }
    }
  });

  it('never shows the tenant of a node', () => {
    expect(contract.flatMap(({ fields }) => fields?.map(({ name }) => name.value))).not.toContain('tenantId');
  });
});

/** The library's open advisories, and what they forbid until they are closed. */
describe('the types of @neo4j/graphql', () => {
  it.each(types.filter((type) => hasDirective(type, 'node')).map((type) => [type.name.value, type] as const))(
    '%s filters by the tenant of the caller, with one jwt condition (NJ-07, NJ-09)',
    (_name, type) => {
      const rules = type.directives?.filter(({ name }) => name.value === 'authorization').map(print) ?? [];
      expect(rules).toHaveLength(1);
      expect(rules[0]).toMatch(
        /^@authorization\(filter: \[\{ ?where: \{ ?node: \{ ?tenantId: \{ ?eq: "\$jwt.tenantId" ?\}/,
      );
      expect(rules[0]).not.toMatch(/none|validate|OR|NOT|jwt:/);
    },
  );

  it('have no @cypher and no @authentication (NJ-08)', () => {
    const used = types.flatMap((type) => [type, ...(type.fields ?? [])]).flatMap(({ directives }) => directives ?? []);
    expect(used.map(({ name }) => name.value)).not.toContain('cypher');
    expect(used.map(({ name }) => name.value)).not.toContain('authentication');
  });
});

function objectTypes(definitions: readonly { readonly kind: Kind }[]): ObjectTypeDefinitionNode[] {
  return definitions.filter((one): one is ObjectTypeDefinitionNode => one.kind === Kind.OBJECT_TYPE_DEFINITION);
}

function hasDirective(
  node: { readonly directives?: readonly ConstDirectiveNode[] | undefined },
  name: string,
): boolean {
  return node.directives?.some((directive) => directive.name.value === name) ?? false;
}
