import type { ConstDirectiveNode } from 'graphql';
import type { Definitions } from '../definitions.ts';
import type { TenancyViolation } from '../violation.ts';
import { importsIn } from './links.ts';

/**
 * The federation's own security directives are linked "for: SECURITY", so
 * @apollo/gateway refuses a supergraph that holds them, and one from which the
 * link was stripped it serves unprotected. They are refused here, never stripped,
 * by whatever name they were imported.
 */
export function unenforcedDirectives(subgraphs: readonly Definitions[]): TenancyViolation[] {
  return subgraphs.flatMap(({ subgraph, types, roots, schemaDirectives }) => {
    const imported = importsIn(schemaDirectives).filter(({ name }) => UNENFORCED.has(name));
    const names = new Map(imported.map(({ name, as }) => [as, name]));
    const usesOf = (where: string, directives: readonly ConstDirectiveNode[]): Use[] =>
      directives.flatMap(({ name: { value } }) => {
        // What is not imported by name is called by that of its specification, whatever that was linked as.
        const directive = names.get(value) ?? value.replace(/^\w+?__/, '');
        return UNENFORCED.has(directive) ? [{ where, directive }] : [];
      });
    const used = [
      ...[...types.values(), ...roots].flatMap((type) => [
        ...usesOf(type.name, type.directives),
        ...type.fields.flatMap((field) => usesOf(`${type.name}.${field.name.value}`, field.directives ?? [])),
      ]),
      ...imported.map(({ name }) => ({ where: 'schema', directive: name })),
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

const UNENFORCED: ReadonlySet<string> = new Set(['authenticated', 'requiresScopes', 'policy', 'context']);
