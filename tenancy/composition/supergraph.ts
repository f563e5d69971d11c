import { type DocumentNode, parse } from 'graphql';
import { readScopeRequirements } from '../needs-scopes.ts';
import { SCOPES } from '../roles.ts';
import { type Definitions, hasMark, readDefinitions } from './definitions.ts';
import { tenantArguments } from './rules/arguments.ts';
import { contradictingMarks } from './rules/marks.ts';
import { globalPaths } from './rules/paths.ts';
import { unknownScopes } from './rules/scopes.ts';
import { unenforcedDirectives } from './rules/unenforced.ts';
import type { SubgraphDefinition, TenancyOptions, TenancyViolation } from './violation.ts';

/**
 * What the gateway checks before it serves a supergraph, whoever composed it. A
 * mark that a subgraph forgot to pass on with @composeDirective is lost silently,
 * and a toolchain that does not know the rule composes what breaks it.
 */
export function checkSupergraph(
  supergraph: string | DocumentNode,
  { scopes = SCOPES }: TenancyOptions = {},
): TenancyViolation[] {
  const document = typeof supergraph === 'string' ? parse(supergraph) : supergraph;
  const read = [readDefinitions('supergraph', document)];
  return [
    ...read.flatMap(lostMarks),
    ...unenforcedDirectives(read),
    ...contradictingMarks(read),
    ...globalPaths(read),
    ...tenantArguments(read),
    ...unknownScopes(read, scopes),
  ];
}

/** @returns each scope that a subgraph asks for and the supergraph does not */
export function checkComposedScopes(
  subgraphs: readonly SubgraphDefinition[],
  supergraph: string | DocumentNode,
): TenancyViolation[] {
  const composed = readScopeRequirements(typeof supergraph === 'string' ? parse(supergraph) : supergraph);
  return subgraphs.flatMap(({ name, typeDefs }) => {
    const own = readScopeRequirements(typeDefs);
    return own.fields.flatMap(({ type, field }) => {
      const asked = composed.ofField(type, field);
      const lost = own.ofField(type, field).filter((scope) => !asked.includes(scope));
      if (lost.length === 0) return [];
      return [
        {
          rule: 'scopes-lost-in-composition' as const,
          subgraph: name,
          where: `${type}.${field}`,
          message: `needs ${lost.join(' and ')} here and not in the supergraph.`,
          cure: 'Add `@composeDirective(name: "@needsScopes")` to the schema of the subgraph.',
        },
      ];
    });
  });
}

function lostMarks({ subgraph, types }: Definitions): TenancyViolation[] {
  return [...types.values()]
    .filter((type) => !hasMark(type, 'tenantScoped') && !hasMark(type, 'global'))
    .map((type) => ({
      rule: 'mark-lost-in-composition' as const,
      subgraph,
      where: type.name,
      message: 'carries neither @tenantScoped nor @global.',
      cure: 'Compose with `npm run compose`, and list both directives in @composeDirective of every subgraph.',
    }));
}
