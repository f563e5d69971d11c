import type { Resolvers } from '../../generated/resolvers.ts';
import { present } from '../changes.ts';
import { listMemoriesOfContext } from '../memories/lists.ts';
import {
  createExecutionContext,
  deleteExecutionContext,
  listContextsOfProject,
  updateExecutionContext,
} from './contexts.ts';
import { createProject, deleteProject, listProjects, updateProject } from './projects.ts';

export const contextResolvers: Resolvers = {
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
