import { type DocumentNode, parse } from 'graphql';
import { hasMark, readDefinitions } from './definitions.ts';
import type { TenancyViolation } from './violation.ts';

/**
 * What the gateway checks before it serves a supergraph, whoever composed it: a
 * mark that a subgraph forgot to pass on with @composeDirective is lost silently.
 */
export function checkSupergraph(supergraph: string | DocumentNode): TenancyViolation[] {
  const document = typeof supergraph === 'string' ? parse(supergraph) : supergraph;
  const { types } = readDefinitions('supergraph', document);
  return [...types.values()]
    .filter((type) => !hasMark(type, 'tenantScoped') && !hasMark(type, 'global'))
    .map((type) => ({
      rule: 'mark-lost-in-composition' as const,
      subgraph: 'supergraph',
      where: type.name,
      message: 'carries neither @tenantScoped nor @global.',
      cure: 'Compose with `npm run compose`, and list both directives in @composeDirective of every subgraph.',
    }));
}
