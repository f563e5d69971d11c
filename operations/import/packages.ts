import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { capBytes, type SourceDocument, slugOf, unique } from './document.ts';
import { keywordsOf, type TopicFacts, topicsOf, vocabularyOf } from './topics.ts';

export interface ReadPackagesOptions {
  /** Bytes of UTF-8 that a body may have. */
  bodyLimit?: number;
  /** Shorter READMEs (in characters) are left out; 0 takes packages without one as well. */
  minimumReadme?: number;
}

/**
 * The packages directly inside a node_modules folder as documents, in order of
 * name: all package.json first (topics need to know what is shared), then one
 * README at a time as the consumer asks for it.
 * @throws Error where the folder cannot be read
 */
export async function* readPackages(
  nodeModulesDir: string,
  { bodyLimit = 1_000_000, minimumReadme = 1 }: ReadPackagesOptions = {},
): AsyncGenerator<SourceDocument> {
  const packages = await readManifests(nodeModulesDir);
  const slugs = slugsOf(packages.map(({ name }) => name));
  const facts = packages.map(topicFactsOf);
  const vocabulary = vocabularyOf(facts);

  for (const [index, manifest] of packages.entries()) {
    const readme = await readReadme(join(nodeModulesDir, manifest.name));
    if (readme.length < minimumReadme) continue;
    const topics = topicsOf(facts[index] ?? { keywords: [] }, vocabulary, packages.length);
    yield {
      slug: slugs.get(manifest.name) ?? slugOf(manifest.name),
      title: manifest.name,
      summary: manifest.description ?? null,
      body: capBytes(readme, bodyLimit),
      tags: keywordsOf(manifest.keywords).slice(0, 10),
      licence: manifest.license?.slice(0, 200) ?? null,
      source: manifest.homepage ?? `https://www.npmjs.com/package/${manifest.name}`,
      keywords: keywordsOf(manifest.keywords).slice(0, 30),
      topics,
      dependencies: unique([...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)]).flatMap(
        (name) => slugs.get(name) ?? [],
      ),
    };
  }
}

/** Every name gets a slug; where two would share one, each scoped package gets a suffix that depends on its name alone. */
export function slugsOf(names: readonly string[]): Map<string, string> {
  const takers = new Map<string, number>();
  for (const name of names) takers.set(slugOf(name), (takers.get(slugOf(name)) ?? 0) + 1);
  return new Map(
    names.map((name) => {
      const slug = slugOf(name);
      const alone = takers.get(slug) === 1 || slug === name;
      return [name, alone ? slug : `${slug}-${createHash('sha256').update(name).digest('hex').slice(0, 6)}`];
    }),
  );
}

type Manifest = z.output<typeof MANIFEST>;

/** Real manifests hold anything under any name: what is not as documented counts as absent. */
const text = z.string().trim().min(1);
const MANIFEST = z.object({
  name: text,
  version: text.catch('0.0.0'),
  description: text.max(2_000).optional().catch(undefined),
  keywords: z.array(text.catch('')).catch([]),
  license: z
    .union([text, z.object({ type: text }).transform(({ type }) => type)])
    .optional()
    .catch(undefined),
  homepage: z
    .url({ protocol: /^https?$/ })
    .optional()
    .catch(undefined),
  dependencies: z.record(z.string(), z.unknown()).catch({}),
  peerDependencies: z.record(z.string(), z.unknown()).catch({}),
});

async function readManifests(dir: string): Promise<Manifest[]> {
  const names: string[] = [];
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    if (entry.name.startsWith('.') || !entry.isDirectory()) continue;
    if (!entry.name.startsWith('@')) names.push(entry.name);
    else names.push(...(await readdir(join(dir, entry.name))).map((name) => `${entry.name}/${name}`));
  }
  const manifests = await Promise.all(names.sort().map((name) => readManifest(join(dir, name), name)));
  return manifests.filter((manifest) => manifest !== undefined);
}

async function readManifest(dir: string, name: string): Promise<Manifest | undefined> {
  try {
    const parsed = MANIFEST.safeParse(JSON.parse(await readFile(join(dir, 'package.json'), 'utf8')));
    return parsed.success && parsed.data.name === name ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

async function readReadme(dir: string): Promise<string> {
  const file = (await readdir(dir)).sort().find((name) => /^readme(\.md|\.markdown)?$/i.test(name));
  return file ? readFile(join(dir, file), 'utf8') : '';
}

function topicFactsOf({ name, keywords, description }: Manifest): TopicFacts {
  return { keywords: unique(keywords), group: /^@([^/]+)\//.exec(name)?.[1], description };
}
