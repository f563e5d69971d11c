import { writeFileSync } from 'node:fs';
import { composeServices } from '@apollo/composition';
import { checkSupergraph, checkTenancy, printViolation, type SubgraphDefinition } from '#tenancy/composition/index';
import { parseSubgraphSdl, readSupergraph, SUBGRAPHS, SUPERGRAPH_FILE } from './subgraphs.ts';

export class CompositionError extends Error {
  override readonly name = 'CompositionError';
}

/**
 * Composes subgraphs into one supergraph under the rules of tenancy.
 * @throws CompositionError that lists every violation, with subgraph, type, field and cure
 */
export function composeTenantGraph(subgraphs: readonly SubgraphDefinition[]): string {
  const violations = checkTenancy(subgraphs);
  if (violations.length > 0) throw failure(violations.map(printViolation));
  const composed = composeServices(
    subgraphs.map(({ name, typeDefs }) => ({ name, typeDefs, url: `http://${name}.polygraph.internal/graphql` })),
  );
  if (composed.errors) throw failure(composed.errors.map(({ message }) => message));
  const lost = checkSupergraph(composed.supergraphSdl);
  if (lost.length > 0) throw failure(lost.map(printViolation));
  return composed.supergraphSdl;
}

/** The supergraph of this product, as it should be committed. */
export function composeSupergraph(): string {
  return composeTenantGraph(SUBGRAPHS.map((name) => ({ name, typeDefs: parseSubgraphSdl(name) })));
}

export function writeSupergraph(): void {
  writeFileSync(SUPERGRAPH_FILE, composeSupergraph());
}

/** @returns whether schema/supergraph.graphql is what the subgraphs compose to */
export function isSupergraphCurrent(): boolean {
  return readSupergraph() === composeSupergraph();
}

function failure(reasons: readonly string[]): CompositionError {
  return new CompositionError(`The graph does not compose (${reasons.length}):\n${reasons.join('\n')}`);
}
