import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

/**
 * The architecture, as rules on imports. A room may import itself and what its
 * row names; drivers are for stores/ alone, and the maker of a TenantContext for
 * those who verified one.
 */
const MAY_IMPORT: Record<string, readonly string[]> = {
  platform: [],
  tenancy: ['platform'],
  schema: ['platform', 'tenancy'],
  stores: ['platform', 'tenancy'],
  'subgraphs/runtime': ['platform', 'tenancy', 'schema', 'stores'],
  'subgraphs/relational': ['platform', 'tenancy', 'schema', 'stores', 'subgraphs/runtime'],
  'subgraphs/content': ['platform', 'tenancy', 'schema', 'stores', 'subgraphs/runtime'],
  'subgraphs/knowledge': ['platform', 'tenancy', 'schema', 'stores', 'subgraphs/runtime'],
  'subgraphs/operations': ['platform', 'tenancy', 'schema', 'stores', 'subgraphs/runtime', 'operations'],
  gateway: ['platform', 'tenancy', 'schema', 'stores', 'subgraphs/runtime'],
  operations: ['platform', 'tenancy', 'schema', 'stores', 'subgraphs', 'gateway', 'docs', 'bench'],
};

const ROOMS = ['platform', 'tenancy', 'schema', 'stores', 'subgraphs', 'gateway', 'operations'];

const DRIVERS = /^(pg|mongodb|ioredis|neo4j-driver|@prisma\/.*|prisma|mongodb-memory-server)(\/|$)/;

const MAY_MINT = ['tenancy/', 'gateway/identity/'];

const ROOT = new URL('../../', import.meta.url).pathname;

describe('the house', () => {
  const files = ROOMS.flatMap((room) =>
    readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' }).map((file) => `${room}/${file}`),
  )
    .filter((file) => /\.tsx?$/.test(file) && !file.includes('/generated/'))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));

  test('has rooms that import only what they may', () => {
    const wrong = files.flatMap(({ path, text }) =>
      importsOf(path, text)
        .filter((target) => isLocal(target) && !mayImport(path, target))
        .map((target) => `${path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test('keeps drivers in stores/', () => {
    const wrong = files.flatMap(({ path, text }) =>
      importsOf(path, text)
        .filter((target) => DRIVERS.test(target) && !path.startsWith('stores/'))
        .map((target) => `${path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test('lets only a verifier make a TenantContext', () => {
    const wrong = files.filter(
      ({ path, text }) =>
        text.includes('dangerouslyMintTenantContext') && !MAY_MINT.some((folder) => path.startsWith(folder)),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test('never watches statements, which is for tests', () => {
    const wrong = files.filter(
      ({ path, text }) => text.includes('dangerouslyWatchStatements') && path !== 'platform/statements.ts',
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test('never reads as the system from a resolver', () => {
    const dangerous = /dangerously(?!ReadAcrossTenants)/;
    const wrong = files.filter(({ path, text }) => path.startsWith('subgraphs/') && dangerous.test(text));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test('reads across tenants where sharing is at home, and nowhere else', () => {
    const across = files.filter(
      ({ path, text }) => !path.startsWith('test/') && text.includes('dangerouslyReadAcrossTenants'),
    );
    const strange = across.filter(
      ({ path }) => !/^(stores\/postgres\/sharing\.ts|subgraphs\/relational\/memory\/sharing\/)/.test(path),
    );
    expect(strange.map(({ path }) => path)).toEqual([]);
  });
});

function importsOf(path: string, text: string): string[] {
  const specifiers = [...text.matchAll(/(?:from|import\(|import)\s*'([^']+)'/g)].map(
    ([, specifier]) => specifier ?? '',
  );
  return specifiers.map((specifier) => {
    if (specifier.startsWith('#')) return specifier.slice(1);
    return specifier.startsWith('.') ? normalize(join(dirname(path), specifier)) : specifier;
  });
}

const isLocal = (target: string): boolean => roomOf(target) !== undefined;

function mayImport(path: string, target: string): boolean {
  const from = roomOf(path);
  const to = roomOf(target);
  if (!from || !to || from === to) return true;
  return (MAY_IMPORT[from] ?? []).some((room) => to === room || to.startsWith(`${room}/`));
}

function roomOf(path: string): string | undefined {
  const [first = '', second = ''] = path.split('/');
  if (first === 'subgraphs') return `subgraphs/${second}`;
  return first in MAY_IMPORT ? first : undefined;
}
