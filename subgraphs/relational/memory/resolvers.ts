import { createLexicalEmbedder, type Embedder } from '#platform/embedder';
import type { Context } from '../context.ts';
import type { Resolvers } from '../generated/resolvers.ts';
import { mergeResolvers } from '../merge.ts';
import { present } from './changes.ts';
import {
  createExecutionContext,
  deleteExecutionContext,
  listContextsOfProject,
  updateExecutionContext,
} from './contexts/contexts.ts';
import { createProject, deleteProject, listProjects, updateProject } from './contexts/projects.ts';
import type { MemoryCipher } from './memories/cipher.ts';
import { listMemories, listMemoriesOfContext } from './memories/lists.ts';
import { relatedOf, walkOf } from './memories/related.ts';
import { relateMemories, unrelateMemories } from './memories/relationships.ts';
import type { MemoryRow } from './memories/rows.ts';
import { searchMemories } from './memories/search.ts';
import { createMemory, deleteMemory, type Keeping, updateMemory } from './memories/write.ts';
import { sharingResolvers } from './sharing/resolvers.ts';

export interface MemoryOptions {
  embedder?: Embedder;
  /** Absent, contexts cannot be encrypted. */
  cipher?: MemoryCipher | undefined;
}

/** The memory domain: contexts and memories here, and each of its other parts in a folder beside. */
export function createMemoryResolvers({ embedder = createLexicalEmbedder(), cipher }: MemoryOptions = {}): Resolvers {
  return mergeResolvers(contextResolvers, createMemoriesResolvers({ embedder, cipher }), sharingResolvers);
}

const contextResolvers: Resolvers = {
  Query: {
    projects: (_, args, { stores }) => listProjects(args, stores.postgres),
    project: (_, { id }, { loaders }) => loaders.project.load(id),
    executionContext: (_, { id }, { loaders }) => loaders.executionContext.load(id),
  },
  Mutation: {
    createProject: (_, { input }, context) => createProject(context, input),
    updateProject: (_, { id, input }, context) => updateProject(context, id, input),
    deleteProject: (_, { id }, context) => deleteProject(context, id),
    createExecutionContext: (_, { input }, context) => createExecutionContext(context, input),
    updateExecutionContext: (_, { id, input }, context) => updateExecutionContext(context, id, input),
    deleteExecutionContext: (_, { id }, context) => deleteExecutionContext(context, id),
  },
  Project: {
    __resolveReference: ({ id }, { loaders }) => loaders.project.load(id),
    contexts: ({ id }, args, context) => listContextsOfProject(id, args, context),
  },
  ExecutionContext: {
    __resolveReference: ({ id }, { loaders }) => loaders.executionContext.load(id),
    project: async ({ projectId }, _, { loaders }) => present(await loaders.project.load(projectId)),
    memories: ({ id }, args, context) => listMemoriesOfContext(id, args, context),
    memoryCount: ({ id }, _, { loaders }) => loaders.memoryCountOfContext.load(id),
  },
  ProjectConnection: { totalCount: ({ totalCount }) => totalCount() },
  ExecutionContextConnection: { totalCount: ({ totalCount }) => totalCount() },
};

function createMemoriesResolvers(keeping: Keeping): Resolvers {
  return {
    Query: {
      memory: (_, { id }, { loaders }) => loaders.memory.load(id),
      memories: (_, args, { stores }) => listMemories(args, stores.postgres),
      searchMemories: (_, args, context) => searchMemories(args, context, keeping.embedder),
    },
    Mutation: {
      createMemory: (_, { input }, context) => createMemory(context, input, keeping),
      updateMemory: (_, { id, input }, context) => updateMemory(context, id, input, keeping),
      deleteMemory: (_, { id }, context) => deleteMemory(context, id),
      relateMemories: (_, { input }, context) => relateMemories(context, input),
      unrelateMemories: (_, args, context) => unrelateMemories(context, args),
    },
    Memory: {
      __resolveReference: ({ id }, { loaders }) => loaders.memory.load(id),
      context: async ({ contextId }, _, { loaders }) => present(await loaders.executionContext.load(contextId)),
      content: (memory, _, context) => readContent(memory, context, keeping.cipher),
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

async function readContent({ id, content, contentCipher }: MemoryRow, context: Context, cipher?: MemoryCipher) {
  if (contentCipher === null) return content;
  if (!cipher) throw new Error('The memory is encrypted, and there is no cipher.');
  return cipher.decrypt(context, id, contentCipher);
}
