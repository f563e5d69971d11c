import { type ConstDirectiveNode, valueFromASTUntyped } from 'graphql';
import { type Definitions, stringsOf } from '../definitions.ts';
import type { TenancyViolation } from '../violation.ts';

/**
 * A directive that was imported by another name is another directive to whoever
 * looks for it by its own: the marks and scopes it says would be read by nobody.
 */
export function renamedDirectives(subgraphs: readonly Definitions[]): TenancyViolation[] {
  return subgraphs.flatMap(({ subgraph, schemaDirectives }) =>
    importsIn(schemaDirectives)
      .filter(({ name, as }) => OWN.has(name) && as !== name)
      .map(({ name, as }) => ({
        rule: 'renamed-directive' as const,
        subgraph,
        where: 'schema',
        message: `imports @${name} as @${as}, which nobody enforces.`,
        cure: `Import it by its own name: @link(url: "https://polygraph.dev/tenancy/v1.0", import: ["@${name}"]).`,
      })),
  );
}

export interface Import {
  /** Without `@`. */
  readonly name: string;
  /** What the subgraph calls it. */
  readonly as: string;
}

/** What the @link directives import; a whole specification that is linked under another name is in `prefixesIn`. */
export function importsIn(directives: readonly ConstDirectiveNode[]): readonly Import[] {
  return directives
    .filter(({ name }) => name.value === 'link')
    .flatMap(({ arguments: given }) => {
      const list = given?.find(({ name }) => name.value === 'import');
      const named = stringsOf(list).map((name) => ({ name, as: name }));
      const value: unknown = list ? valueFromASTUntyped(list.value) : [];
      return [...named, ...(Array.isArray(value) ? value : [value]).filter(isImport)];
    })
    .map(({ name, as = name }) => ({ name: name.replace(/^@/, ''), as: as.replace(/^@/, '') }));
}

function isImport(value: unknown): value is { readonly name: string; readonly as?: string } {
  return typeof value === 'object' && value !== null && typeof (value as { name?: unknown }).name === 'string';
}

const OWN: ReadonlySet<string> = new Set(['tenantScoped', 'global', 'needsScopes', 'scopesTenantsBy']);
