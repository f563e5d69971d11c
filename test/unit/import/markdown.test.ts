import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { splitFrontMatter } from '#operations/import/front-matter';
import { readMarkdownFolder } from '#operations/import/markdown';
import { collect } from './collect.ts';

let dir: string;
const FILES = {
  'README.md': '# Hello *there*\n\n[![badge](x)](y)\n\nFirst [words](z) of `it`.\n',
  'guides/index.md': '---\ntitle: "Guides"\ntags: [Setup, how-to]\ndate: 2026-01-31\n---\nBody\n',
  'guides/Set up.markdown': '---\ntags:\n  - setup\n---\nno heading',
  'guides/set-up.md': '# Other',
  'node_modules/x/README.md': '# Not ours',
  '.hidden/a.md': '# Not ours',
  'picture.png': 'no',
};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'polygraph-markdown-'));
  for (const [path, text] of Object.entries(FILES)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  await symlink(dir, join(dir, 'loop'));
});
afterAll(() => rm(dir, { recursive: true }));

test('a folder of Markdown becomes documents, each path its own slug', async () => {
  const documents = await collect(readMarkdownFolder(dir));
  expect(documents.map(({ slug, title, source }) => [slug, title, source])).toEqual([
    ['readme', 'Hello there', 'README.md'],
    ['guides-set-up', 'Set up', 'guides/Set up.markdown'],
    ['guides', 'Guides', 'guides/index.md'],
    ['guides-set-up-2', 'Other', 'guides/set-up.md'],
  ]);
  expect(documents[0]?.summary).toBe('First words of it.');
  expect(documents[2]).toMatchObject({
    body: 'Body\n',
    keywords: ['setup', 'how-to'],
    publishedAt: new Date('2026-01-31'),
  });
  expect(documents[2]?.topics).toEqual([{ name: 'setup', relevance: 1 }]);
});

test('front matter that is none stays in the body', () => {
  expect(splitFrontMatter('---\nno end').body).toBe('---\nno end');
  expect(splitFrontMatter('text\n---\na: b\n---\n').matter.title).toBeUndefined();
  expect(splitFrontMatter('\uFEFF---\r\ntitle: A\r\ndate: never\r\n---\r\nB').matter).toMatchObject({
    title: 'A',
    date: undefined,
  });
});
