import type { Embedder } from '#platform/embedder';
import type { Context } from '../../context.ts';
import type { Resolvers } from '../../generated/resolvers.ts';
import { present } from '../changes.ts';
import { decryptContent } from '../encryption/memory-cipher.ts';
import { listMemories } from './lists.ts';
import { relatedOf, walkOf } from './related.ts';
import { relateMemories, unrelateMemories } from './relationships.ts';
import type { MemoryRow } from './rows.ts';
import { searchMemories } from './search.ts';
import { createMemory, deleteMemory, updateMemory } from './write.ts';

export function createMemoriesResolvers(embedder: Embedder): Resolvers {
  return {
    Query: {
      memory: (_, { id }, { loaders }) => loaders.memory.load(id),
      memories: (_, args, { stores }) => listMemories(args, stores.postgres),
      searchMemories: (_, args, context) => searchMemories(args, context, embedder),
    },
    Mutation: {
      createMemory: (_, { input }, context) => createMemory(context, input, embedder),
      updateMemory: (_, { id, input }, context) => updateMemory(context, id, input, embedder),
      deleteMemory: (_, { id }, context) => deleteMemory(context, id),
      relateMemories: (_, { input }, context) => relateMemories(context, input),
      unrelateMemories: (_, args, context) => unrelateMemories(context, args),
    },
    Memory: {
      __resolveReference: ({ id }, { loaders }) => loaders.memory.load(id),
      context: async ({ contextId }, _, { loaders }) => present(await loaders.executionContext.load(contextId)),
      content: (memory, _, context) => readContent(memory, context),
      related: async ({ id }, args, { loaders }) =>
        (await loaders.relatedMemories.load({ parentId: id, args: walkOf(args) })).map(relatedOf),
    },
    MemoryRelationship: {
      from: async ({ fromId }, _, { loaders }) => present(await loaders.memory.load(fromId)),
      to: async ({ toId }, _, { loaders }) => present(await loaders.memory.load(toId)),
    },
    MemoryConnection: { totalCount: ({ totalCount }) => totalCount() },
  };
}

/** A check of the table keeps it one of the two. */
async function readContent({ id, content, contentCipher }: MemoryRow, context: Context): Promise<object> {
  if (contentCipher) return decryptContent(context, id, contentCipher);
  return content ?? Promise.reject(new Error('A memory has no content.'));
}
