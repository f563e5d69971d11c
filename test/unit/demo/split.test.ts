import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { DEMO_TENANTS, type DemoTenant } from '#operations/demo/cast';
import { documentsOf, fateOf, SHARED_SLUGS } from '#operations/demo/split';
import type { SourceDocument } from '#operations/import/document';
import { readPackages } from '#operations/import/packages';
import { loadExamples } from '#schema/examples';
import { collect } from '../import/collect.ts';

const ROOT = new URL('../../../', import.meta.url);
const ANCHOR = new Date('2026-06-01T12:00:00Z');
let sources: SourceDocument[];
let split: Map<DemoTenant, SourceDocument[]>;

beforeAll(async () => {
  sources = await collect(readPackages(new URL('node_modules', ROOT).pathname, { minimumReadme: 800 }));
  split = new Map(DEMO_TENANTS.map((tenant) => [tenant, documentsOf(tenant, DEMO_TENANTS, sources, 200)]));
});

test('every tenant has its share, with dependencies it can follow', () => {
  for (const documents of split.values()) {
    const slugs = new Set(documents.map(({ slug }) => slug));
    expect(slugs.size).toBe(documents.length);
    expect(documents.length).toBeGreaterThan(100);
    expect(documents.length).toBeLessThanOrEqual(200);
    expect(documents.flatMap(({ dependencies }) => dependencies).every((slug) => slugs.has(slug))).toBe(true);
    expect(documents.filter(({ dependencies }) => dependencies.length > 0).length).toBeGreaterThan(20);
  }
});

test('tenants overlap in the shared documents and some others, and are never the same', () => {
  const [a = [], b = []] = [...split.values()].map((documents) => documents.map(({ slug }) => slug));
  const both = a.filter((slug) => b.includes(slug));
  expect(both).toEqual(expect.arrayContaining([...SHARED_SLUGS]));
  expect(both.length).toBeGreaterThan(SHARED_SLUGS.length);
  expect(both.length).toBeLessThan(a.length / 2);
});

test('the shared documents are dependencies of this product and published, however few documents a tenant gets', () => {
  const { dependencies } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as { dependencies: object };
  for (const tenant of DEMO_TENANTS) {
    const few = documentsOf(tenant, DEMO_TENANTS, sources, 20);
    const shared = few.filter(({ slug }) => SHARED_SLUGS.includes(slug));
    expect(shared).toHaveLength(SHARED_SLUGS.length);
    for (const { title, slug } of shared) {
      expect(Object.keys(dependencies)).toContain(title);
      expect(fateOf(tenant, slug, ANCHOR).status).toBe('PUBLISHED');
    }
  }
});

test('slugs in saved operations are shared by all demo tenants', () => {
  const named = loadExamples().flatMap(({ name, variables }) => (name.includes('slug') ? [variables.slug] : []));
  expect(named.length).toBeGreaterThan(0);
  for (const slug of named) expect(SHARED_SLUGS).toContain(slug);
});

test('the same document of two tenants has two fates; most are published, some drafts, a few archived', () => {
  const fates = [...split].flatMap(([tenant, documents]) => documents.map(({ slug }) => fateOf(tenant, slug, ANCHOR)));
  const share = (status: string) => fates.filter((fate) => fate.status === status).length / fates.length;
  expect(share('PUBLISHED')).toBeGreaterThan(0.8);
  expect(share('DRAFT')).toBeGreaterThan(0.02);
  expect(share('ARCHIVED')).toBeGreaterThan(0.005);
  for (const { status, publishedAt } of fates) {
    expect(publishedAt === null).toBe(status === 'DRAFT');
    if (publishedAt) expect(ANCHOR.getTime() - publishedAt.getTime()).toBeGreaterThan(86_400_000);
  }
});
