import type { ContentStatus, SourceDocument } from '#operations/import/document';
import { hashFraction } from '#operations/import/ids';
import { DAY_MS } from '#platform/durations';
import { contentIdOf, type DemoTenant, writersOf } from './cast.ts';

/** Documents that every demo tenant has, always published: the saved operations name them by slug. */
export const SHARED_SLUGS: readonly string[] = [
  'graphql',
  'zod',
  'fastify',
  'pino',
  'mongodb',
  'pg',
  'ioredis',
  'neo4j-driver',
  'dataloader',
  'undici',
  'jose',
  'commander',
  'lru-cache',
  'prisma-client',
  'apollo-server',
];

/**
 * The documents of one demo tenant. A package goes where its family goes (its
 * npm scope, or its name up to the first hyphen), so that related documents
 * meet; about one in eight goes to a second tenant as well. What a tenant gets
 * depends on names alone, and dependencies are cut to what the tenant has.
 */
export function documentsOf(
  tenant: DemoTenant,
  tenants: readonly DemoTenant[],
  documents: readonly SourceDocument[],
  most: number,
): SourceDocument[] {
  const place = tenants.indexOf(tenant);
  const shared = documents.filter(({ slug }) => SHARED_SLUGS.includes(slug));
  const own = documents
    .filter(({ slug, title }) => !SHARED_SLUGS.includes(slug) && placesOf(title, tenants.length).has(place))
    .map((document) => ({ document, order: hashFraction('family order', familyOf(document.title)) }))
    .sort((a, b) => a.order - b.order || (a.document.slug < b.document.slug ? -1 : 1))
    .map(({ document }) => document);
  const mine = [...shared, ...own].slice(0, most);
  const slugs = new Set(mine.map(({ slug }) => slug));
  return mine.map((document) => ({
    ...document,
    dependencies: document.dependencies.filter((slug) => slugs.has(slug)),
  }));
}

/** Who wrote a document, whether it is public, and since when: drawn from its id, the same in every run. */
export interface DemoFate {
  readonly authorId: string;
  readonly status: ContentStatus;
  readonly publishedAt: Date | null;
}

/** @param anchor when the tenant was made; documents were published in the 120 days before */
export function fateOf(tenant: DemoTenant, slug: string, anchor: Date): DemoFate {
  const id = contentIdOf(tenant.id, slug);
  const writers = writersOf(tenant);
  const writer = writers[Math.floor(hashFraction('author', id) * writers.length)];
  if (!writer) throw new Error(`The demo tenant ${tenant.slug} has nobody who writes.`);
  const status = SHARED_SLUGS.includes(slug) ? 'PUBLISHED' : statusOf(hashFraction('status', id));
  const daysBefore = 2 + hashFraction('published', id) * 118;
  const published = new Date(Math.round(anchor.getTime() - daysBefore * DAY_MS));
  return { authorId: writer.userId, status, publishedAt: status === 'DRAFT' ? null : published };
}

function statusOf(drawn: number): ContentStatus {
  if (drawn < 0.08) return 'DRAFT';
  return drawn < 0.12 ? 'ARCHIVED' : 'PUBLISHED';
}

function placesOf(title: string, tenants: number): ReadonlySet<number> {
  const first = Math.floor(hashFraction('family', familyOf(title)) * tenants);
  if (hashFraction('twice', title) >= 0.125) return new Set([first]);
  return new Set([first, (first + 1) % tenants]);
}

function familyOf(title: string): string {
  return /^@[^/]+/.exec(title)?.[0] ?? title.split(/[-.]/)[0] ?? title;
}
