import type { ConstDirectiveNode } from 'graphql';
import { type Definitions, stringsOf } from '../definitions.ts';
import type { TenancyViolation } from '../violation.ts';

/**
 * The federation's own security directives are linked "for: SECURITY", so
 * @apollo/gateway refuses a supergraph that holds them, and one from which the
 * link was stripped it serves unprotected. They are refused here, never stripped.
 */
export function unenforcedDirectives(subgraphs: readonly Definitions[]): TenancyViolation[] {
  return subgraphs.flatMap(({ subgraph, types, roots, schemaDirectives }) => {
    const used: Use[] = [
      ...[...types.values(), ...roots].flatMap((type) => [
        ...usesOf(type.name, type.directives),
        ...type.fields.flatMap((field) => usesOf(`${type.name}.${field.name.value}`, field.directives ?? [])),
      ]),
      ...importsOf(schemaDirectives),
    ];
    return used.map(({ where, directive }) => ({
      rule: 'unenforced-directive' as const,
      subgraph,
      where,
      message: `uses @${directive}, which @apollo/gateway does not enforce.`,
      cure: 'Use @needsScopes(all: [...]): it is enforced in the gateway and again in the subgraph.',
    }));
  });
}

interface Use {
  readonly where: string;
  readonly directive: string;
}

function usesOf(where: string, directives: readonly ConstDirectiveNode[]): Use[] {
  return directives
    .map(({ name }) => name.value.replace(/^federation__/, ''))
    .filter((directive) => UNENFORCED.has(directive))
    .map((directive) => ({ where, directive }));
}

function importsOf(directives: readonly ConstDirectiveNode[]): Use[] {
  return directives
    .filter(({ name }) => name.value === 'link')
    .flatMap(({ arguments: given }) => stringsOf(given?.find(({ name }) => name.value === 'import')))
    .map((name) => name.replace(/^@/, ''))
    .filter((directive) => UNENFORCED.has(directive))
    .map((directive) => ({ where: 'schema', directive }));
}

const UNENFORCED: ReadonlySet<string> = new Set(['authenticated', 'requiresScopes', 'policy', 'context']);
