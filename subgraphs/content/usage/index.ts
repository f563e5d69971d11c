import { removeBudget } from '#stores/mongo/budgets';
import { createRecorder } from '#stores/mongo/recorder';
import { recordUsage } from '#stores/mongo/usage';
import type { Resolvers } from '../generated/resolvers.ts';
import { modelBudgetAlerts, modelBudgets, setModelBudget } from './budgets.ts';
import { recordModelUsage } from './record.ts';
import { modelUsage } from './totals.ts';

/** Which models were used, by whom, and for how much. */
export function createUsageResolvers(now: () => Date) {
  const recorder = createRecorder({ write: recordUsage });
  return {
    Query: {
      modelUsage: (_root, args, { stores }) => modelUsage(stores.mongo, args),
      modelBudgets: (_root, _args, { stores }) => modelBudgets(stores.mongo, now()),
      modelBudgetAlerts: (_root, args, { stores }) => modelBudgetAlerts(stores.mongo, args, now()),
    },
    Mutation: {
      recordModelUsage: (_root, { input }, context) => recordModelUsage(recorder, input, context, now()),
      setModelBudget: async (_root, { input }, context) => ({ budget: await setModelBudget(input, context, now()) }),
      removeModelBudget: async (_root, { period }, { stores }) => ({
        removed: await removeBudget(stores.mongo, period),
      }),
    },
    ModelBudget: {
      setBy: ({ setBy }) => (setBy ? { id: setBy } : null),
    },
    AIModelUsage: {
      content: ({ contentId }) => (contentId ? { id: contentId } : null),
      user: ({ principalKind, principalId }) => (principalKind === 'user' ? { id: principalId } : null),
    },
    ModelUsage: {
      user: ({ principalKind, principalId }) =>
        principalKind === 'user' && principalId !== undefined ? { id: principalId } : null,
      callerKind: ({ principalKind }) => (principalKind ? CALLERS[principalKind] : null),
      callerId: ({ principalId }) => principalId ?? null,
    },
  } satisfies Resolvers;
}

const CALLERS = { user: 'USER', apiKey: 'API_KEY', service: 'SERVICE' } as const;
