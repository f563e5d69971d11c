import type DataLoader from 'dataloader';
import type { TenantPostgres } from '#stores/postgres/index';
import {
  type AuthorPage,
  createAuthorCountLoader,
  createAuthorPageLoader,
  createContentLoader,
  createPublicationLoader,
} from './contents/loaders.ts';
import type { ContentRow } from './contents/rows.ts';
import { createItemLoader, type ItemRow } from './items/items.ts';
import { type ContentOptimizationRow, createHistoryLoader, type HistoryPage } from './items/optimizations.ts';
import type { ListOf } from './list-loader.ts';
import type { Vault } from './memory/encryption/vault.ts';
import { createMemoryLoaders, type MemoryLoaders } from './memory/loaders.ts';
import {
  createTenantCountLoader,
  createTenantLoader,
  createUsageLoader,
  createUserLoader,
  type UsageRow,
} from './tenants/loaders.ts';
import type { TenantRow, UserRow } from './tenants/rows.ts';

/** Made for each request: what they remember is one tenant's, and ends with it. */
export interface RelationalLoaders extends MemoryLoaders {
  readonly tenant: DataLoader<string, TenantRow | null>;
  readonly user: DataLoader<string, UserRow | null>;
  readonly usage: DataLoader<string, UsageRow>;
  readonly memberCount: DataLoader<string, number>;
  readonly content: DataLoader<string, ContentRow | null>;
  readonly publicationMoment: DataLoader<string, Date | null>;
  readonly item: DataLoader<string, ItemRow | null>;
  readonly optimizationHistory: DataLoader<HistoryPage, ContentOptimizationRow[], string>;
  readonly contentCount: DataLoader<string, number>;
  readonly contentsByAuthor: DataLoader<ListOf<AuthorPage>, ContentRow[], string>;
  readonly contentCountByAuthor: DataLoader<string, number>;
}

export function createRelationalLoaders(postgres: TenantPostgres, vault: Vault): RelationalLoaders {
  const { prisma } = postgres;
  return {
    ...createMemoryLoaders(postgres, vault),
    tenant: createTenantLoader(postgres),
    user: createUserLoader(postgres),
    usage: createUsageLoader(postgres),
    memberCount: createTenantCountLoader(() => prisma.membership.count()),
    content: createContentLoader(postgres),
    publicationMoment: createPublicationLoader(postgres),
    item: createItemLoader(postgres),
    optimizationHistory: createHistoryLoader(postgres),
    contentCount: createTenantCountLoader(() => prisma.content.count({ where: { deletedAt: null } })),
    contentsByAuthor: createAuthorPageLoader(postgres),
    contentCountByAuthor: createAuthorCountLoader(postgres),
  };
}
