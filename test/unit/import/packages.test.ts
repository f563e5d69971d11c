import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readPackages, slugsOf } from '#operations/import/packages';
import { collect } from './collect.ts';

let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'polygraph-packages-'));
  await write(
    'graph',
    {
      description: 'Draws',
      keywords: ['chart', 'svg'],
      license: 'MIT',
      dependencies: { '@top/parse': '1', gone: '1' },
    },
    '# Graph\n',
  );
  await write('@top/parse', { keywords: ['chart'], license: { type: 'ISC' }, homepage: 'javascript:alert(1)' }, 'ééé');
  await write('silent', { keywords: 'not a list' });
  await mkdir(join(dir, '.bin'));
});
afterAll(() => rm(dir, { recursive: true }));

async function write(name: string, manifest: object, readme?: string): Promise<void> {
  await mkdir(join(dir, name), { recursive: true });
  await writeFile(join(dir, name, 'package.json'), JSON.stringify({ name, version: '1.0.0', ...manifest }));
  if (readme) await writeFile(join(dir, name, 'README.md'), readme);
}

test('packages become documents: README, licence, keywords, topics, dependencies that are there', async () => {
  const documents = await collect(readPackages(dir, { minimumReadme: 0, bodyLimit: 5 }));
  expect(documents.map(({ slug, title }) => [slug, title])).toEqual([
    ['top-parse', '@top/parse'],
    ['graph', 'graph'],
    ['silent', 'silent'],
  ]);
  expect(documents[1]).toMatchObject({
    summary: 'Draws',
    licence: 'MIT',
    keywords: ['chart', 'svg'],
    dependencies: ['top-parse'],
  });
  expect(documents[1]?.topics).toEqual([{ name: 'chart', relevance: 1 }]);
  expect(documents[0]).toMatchObject({
    body: 'éé',
    licence: 'ISC',
    source: 'https://www.npmjs.com/package/@top/parse',
  });
  expect(documents[2]).toMatchObject({ body: '', keywords: [] });
});

test('packages without a README worth reading are left out', async () => {
  const documents = await collect(readPackages(dir, { minimumReadme: 4 }));
  expect(documents.map(({ slug }) => slug)).toEqual(['graph']);
});

test('two names that would share a slug get two', () => {
  const slugs = slugsOf(['@a/b', 'a-b', 'c.d', 'c-d']);
  expect(new Set(slugs.values()).size).toBe(4);
  expect(slugs.get('a-b')).toBe('a-b');
  expect(slugsOf(['a-b', '@a/b']).get('@a/b')).toBe(slugs.get('@a/b'));
});
