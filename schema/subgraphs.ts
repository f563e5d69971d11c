import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type DocumentNode, parse, Source } from 'graphql';

export const SUBGRAPHS = ['relational', 'content', 'knowledge', 'operations'] as const;
export type SubgraphName = (typeof SUBGRAPHS)[number];

/** The contract of one subgraph: its own files in order of name, then the directives they all share. */
export function readSubgraphSdl(name: SubgraphName): string {
  const folder = new URL(`./${name}/`, import.meta.url);
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.graphql'))
    .sort();
  const own = files.map((file) => readFileSync(new URL(file, folder), 'utf8'));
  return [...own, readDirectives()].join('\n');
}

/** Definitions of the directives of tenancy. */
export function readDirectives(): string {
  return readFileSync(new URL('./directives.graphql', import.meta.url), 'utf8');
}

export function parseSubgraphSdl(name: SubgraphName): DocumentNode {
  return parse(new Source(readSubgraphSdl(name), `schema/${name}`));
}

export const SUPERGRAPH_FILE = fileURLToPath(new URL('./supergraph.graphql', import.meta.url));

export function readSupergraph(): string {
  return readFileSync(SUPERGRAPH_FILE, 'utf8');
}
