import type { SourceDocument } from '#operations/import/document';
import { namedNode } from '#stores/neo4j/ids';
import type { TenantNeo4j } from '#stores/neo4j/index';
import { type Degree, targetAudiences } from '#subgraphs/knowledge/described';
import { moveTopic } from '#subgraphs/knowledge/taxonomy';
import { contentIdOf, type DemoTenant } from './cast.ts';

export interface ArrangeOptions {
  readonly tenant: DemoTenant;
  readonly neo4j: TenantNeo4j;
  readonly sources: readonly SourceDocument[];
  /** Of the documents that the tenant has. */
  readonly slugs: readonly string[];
}

/** Puts topics below each other and says whom documents are written for, by rules. Needs the documents to be in the graph. */
export async function arrangeIdeas({ tenant, neo4j, sources, slugs }: ArrangeOptions): Promise<void> {
  const own = sources.filter(({ slug }) => slugs.includes(slug));
  const names = own.flatMap(({ topics }) => topics.map(({ name }) => name));
  const idOf = (name: string): string => namedNode(tenant.id, 'Topic', name).id;
  for (const [name, parent] of parentsOf(names)) await moveTopic(neo4j, idOf(name), idOf(parent));
  for (const { slug, keywords } of own) {
    const audiences = audiencesOf(keywords);
    if (audiences.length > 0) await targetAudiences(neo4j, contentIdOf(tenant.id, slug), audiences);
  }
}

/** In English the last word of a compound says what it is: a `json-schema` is a `schema`. */
export function parentsOf(names: readonly string[]): ReadonlyMap<string, string> {
  const known = new Set(names);
  const pairs = [...known].sort().map((name) => [name, name.split('-').at(-1) ?? name] as const);
  return new Map(pairs.filter(([name, head]) => name !== head && known.has(head)));
}

/** The earlier a keyword that tells of an audience, the better the fit. */
export function audiencesOf(keywords: readonly string[]): Degree[] {
  const fits = new Map<string, number>();
  for (const [place, keyword] of keywords.entries()) {
    const name = READERS.get(keyword);
    if (name !== undefined && !fits.has(name)) fits.set(name, rounded(1 - (0.5 * place) / keywords.length));
  }
  return [...fits].map(([name, degree]) => ({ name, degree }));
}

const rounded = (value: number): number => Math.round(value * 100) / 100;

const AUDIENCES: Readonly<Record<string, readonly string[]>> = {
  'Authors of command-line tools': ['cli', 'command', 'terminal', 'shell', 'argv', 'tty', 'console'],
  'API developers': ['graphql', 'apollo', 'rest', 'api', 'openapi', 'rpc', 'federation'],
  'Web developers': ['http', 'server', 'web', 'browser', 'html', 'css', 'react', 'middleware', 'cors'],
  'Data engineers': ['database', 'sql', 'postgres', 'mongodb', 'redis', 'neo4j', 'orm', 'cache', 'query'],
  'Tool builders': ['ast', 'parse', 'compiler', 'babel', 'lint', 'eslint', 'bundler', 'typescript', 'sourcemap'],
  'Security engineers': ['crypto', 'security', 'jwt', 'oauth', 'hash', 'sanitize', 'encryption', 'tls'],
  Testers: ['test', 'testing', 'assert', 'mock', 'fixture', 'vitest', 'coverage'],
};
const READERS: ReadonlyMap<string, string> = new Map(
  Object.entries(AUDIENCES).flatMap(([name, words]) => words.map((word) => [word, name] as const)),
);
