import { readdir, readFile } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { capBytes, type SourceDocument, slugOf, unique } from './document.ts';
import { type FrontMatter, splitFrontMatter } from './front-matter.ts';
import { keywordsOf, type TopicFacts, topicsOf, vocabularyOf } from './topics.ts';

export interface ReadMarkdownOptions {
  /** Bytes of UTF-8 that a body may have. */
  bodyLimit?: number;
}

/**
 * The Markdown files under a folder as documents, in order of path. Hidden
 * folders, node_modules and symbolic links are left out. Files are read twice:
 * once for the tags that topics are made of, once for the body, so that a large
 * folder is never held in memory.
 * @throws Error where the folder cannot be read
 */
export async function* readMarkdownFolder(
  dir: string,
  { bodyLimit = 1_000_000 }: ReadMarkdownOptions = {},
): AsyncGenerator<SourceDocument> {
  const files = await listMarkdown(dir);
  const facts: TopicFacts[] = [];
  for (const file of files) facts.push(topicFactsOf(splitFrontMatter(await readFile(join(dir, file), 'utf8')).matter));
  const vocabulary = vocabularyOf(facts);
  const slugs = slugsOfPaths(files);

  for (const [index, file] of files.entries()) {
    const { matter, body } = splitFrontMatter(await readFile(join(dir, file), 'utf8'));
    yield {
      slug: slugs[index] ?? slugOf(file),
      title: (matter.title ?? firstHeading(body) ?? basename(file).replace(EXTENSION, '')).slice(0, 200),
      summary: matter.summary?.slice(0, 2_000) ?? firstParagraph(body),
      body: capBytes(body, bodyLimit),
      tags: keywordsOf(matter.tags).slice(0, 20),
      licence: matter.licence?.slice(0, 200) ?? null,
      source: file.slice(0, 500),
      keywords: keywordsOf(matter.tags).slice(0, 30),
      topics: topicsOf(facts[index] ?? { keywords: [] }, vocabulary),
      dependencies: [],
      ...(matter.date ? { publishedAt: matter.date } : {}),
    };
  }
}

/** Paths relative to the folder, with `/`, sorted. */
export async function listMarkdown(dir: string): Promise<string[]> {
  const found: string[] = [];
  const visit = async (folder: string): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await visit(path);
      else if (entry.isFile() && EXTENSION.test(entry.name)) found.push(relative(dir, path).split(sep).join('/'));
    }
  };
  await visit(dir);
  return found.sort();
}

const EXTENSION = /\.(md|markdown|mdx)$/i;

/** `guides/setup.md` → `guides-setup`; `guides/README.md` and `guides/index.md` → `guides`; a taken slug gets a number. */
function slugsOfPaths(files: readonly string[]): string[] {
  const taken = new Set<string>();
  return files.map((file) => {
    const path = file.replace(EXTENSION, '').replace(/\/(readme|index)$/i, '');
    const wanted = slugOf(path) || 'document';
    let slug = wanted;
    for (let number = 2; taken.has(slug); number += 1) slug = `${wanted.slice(0, 110)}-${number}`;
    taken.add(slug);
    return slug;
  });
}

function firstHeading(body: string): string | undefined {
  const heading = /^ {0,3}#{1,6}[ \t]+(.+?)[ \t]*#*[ \t]*$/m.exec(body)?.[1];
  return heading ? plain(heading) || undefined : undefined;
}

/** The first block that is prose: not a heading, list, quote, table, picture, code or HTML. */
function firstParagraph(body: string): string | null {
  const block = body
    .split(/\r?\n\s*\r?\n/)
    .map((part) => part.trim())
    .find((part) => part !== '' && !/^(#|>|\||[-*+] |\d+\. |```|~~~|<|!\[|\[!\[)/.test(part));
  return block ? plain(block).slice(0, 280) || null : null;
}

/** Markdown of one block without its marks. */
function plain(markdown: string): string {
  return markdown
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[`*_]/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}

function topicFactsOf({ tags, summary }: FrontMatter): TopicFacts {
  return { keywords: unique(tags), description: summary };
}
