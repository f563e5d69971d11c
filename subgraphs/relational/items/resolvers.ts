import { pageSize } from '../../runtime/connection.ts';
import type { Resolvers } from '../generated/resolvers.ts';
import { createItem, deleteItem, listItems, searchItems, updateItem } from './items.ts';
import { listMetrics } from './metrics.ts';
import { recordOptimization } from './optimizations.ts';

export const itemResolvers: Resolvers = {
  Query: {
    items: (_, args, { stores }) => listItems(args, stores.postgres),
    item: (_, { id }, { loaders }) => loaders.item.load(id),
    searchItems: (_, args, { stores }) => searchItems(args, stores.postgres),
  },
  Mutation: {
    createItem: (_, { input }, context) => createItem(context, input),
    updateItem: (_, { id, input }, context) => updateItem(context, id, input),
    deleteItem: (_, { id }, context) => deleteItem(context, id),
    recordContentOptimization: (_, { input }, context) => recordOptimization(context, input),
  },
  Content: {
    optimizationHistory: ({ id }, { first }, { loaders }) =>
      loaders.optimizationHistory.load({ contentId: id, first: pageSize(first, { standard: 10 }) }),
  },
  Tenant: {
    metrics: (_, { days }, { stores }) =>
      listMetrics(pageSize(days, { name: 'days', max: 366, standard: 30 }), stores.postgres),
  },
  Item: {
    __resolveReference: ({ id }, { loaders }) => loaders.item.load(id),
    owner: ({ ownerId }, _, { loaders }) => (ownerId === null ? null : loaders.user.load(ownerId)),
  },
  ItemConnection: { totalCount: ({ totalCount }) => totalCount() },
};
