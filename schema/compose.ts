import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { composeServices } from '@apollo/composition';
import { type DefinitionNode, type DirectiveDefinitionNode, Kind, parse, Source } from 'graphql';
import {
  checkComposedScopes,
  checkSupergraph,
  checkTenancy,
  printViolation,
  type SubgraphDefinition,
  type TenancyOptions,
} from '#tenancy/composition/index';
import { parseSubgraphSdl, readDirectives, readSupergraph, SUBGRAPHS, SUPERGRAPH_FILE } from './subgraphs.ts';

export class CompositionError extends Error {
  override readonly name = 'CompositionError';
}

/**
 * Composes subgraphs into one supergraph under the rules of tenancy.
 * @throws CompositionError that lists every violation, with subgraph, type, field and cure
 */
export function composeTenantGraph(subgraphs: readonly SubgraphDefinition[], options: TenancyOptions = {}): string {
  const violations = checkTenancy(subgraphs, options);
  if (violations.length > 0) throw failure(violations.map(printViolation));
  const composed = composeServices(
    subgraphs.map(({ name, typeDefs }) => ({ name, typeDefs, url: `http://${name}.polygraph.internal/graphql` })),
  );
  if (composed.errors) throw failure(composed.errors.map(({ message }) => message));
  const { supergraphSdl } = composed;
  const lost = [...checkSupergraph(supergraphSdl, options), ...checkComposedScopes(subgraphs, supergraphSdl)];
  if (lost.length > 0) throw failure(lost.map(printViolation));
  return supergraphSdl;
}

/**
 * A subgraph that is not of this product. The directives of tenancy are defined for it where it does not do so itself.
 * @param file gives the subgraph its name: `orders` for `.../orders.graphql`
 * @throws CompositionError where it is no SDL
 */
export function parseSubgraphFile(file: string, sdl: string): SubgraphDefinition {
  const name = basename(file).replace(/\.graphqls?$/, '');
  try {
    const typeDefs = parse(new Source(sdl, file));
    const defined = new Set(typeDefs.definitions.flatMap((node) => (isDirective(node) ? [node.name.value] : [])));
    const ours = parse(readDirectives()).definitions.filter(
      (node) => isDirective(node) && !defined.has(node.name.value),
    );
    return { name, typeDefs: { ...typeDefs, definitions: [...typeDefs.definitions, ...ours] } };
  } catch (error) {
    throw failure([`${file}: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

const isDirective = (node: DefinitionNode): node is DirectiveDefinitionNode => node.kind === Kind.DIRECTIVE_DEFINITION;

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
