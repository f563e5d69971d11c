import { createLexicalEmbedder, type Embedder } from '#platform/embedder';
import type { Environment } from '#tenancy/policy';
import type { Resolvers } from '../generated/resolvers.ts';
import { mergeResolvers } from '../merge.ts';
import { contextResolvers } from './contexts/resolvers.ts';
import { createEncryptionResolvers } from './encryption/resolvers.ts';
import { federatedResolvers } from './federated/resolvers.ts';
import { createMemoriesResolvers } from './memories/resolvers.ts';
import { createOffloadedResolvers } from './offloaded/resolvers.ts';
import { retentionResolvers } from './retention/resolvers.ts';
import { sharingResolvers } from './sharing/resolvers.ts';

export interface MemoryOptions {
  /** Of this installation: it decides which agreed limits apply. */
  environment: Environment;
  embedder?: Embedder;
}

/** The memory domain, a folder for each of its parts. */
export function createMemoryResolvers({ environment, embedder = createLexicalEmbedder() }: MemoryOptions): Resolvers {
  return mergeResolvers(
    contextResolvers,
    createMemoriesResolvers(embedder),
    sharingResolvers,
    createOffloadedResolvers({ environment, embedder }),
    createEncryptionResolvers(embedder),
    federatedResolvers,
    retentionResolvers,
  );
}
