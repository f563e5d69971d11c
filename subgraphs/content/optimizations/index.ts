import type { Resolvers } from '../generated/resolvers.ts';
import { decide, recordOptimization } from './write.ts';

/** What models suggested for documents, and what became of it. */
export function createOptimizationResolvers(now: () => Date) {
  return {
    Mutation: {
      recordOptimization: (_root, { input }, context) => recordOptimization(input, context, now()),
      acceptOptimization: (_root, { id }, context) => decide(id, 'ACCEPTED', context, now()),
      rejectOptimization: (_root, { id }, context) => decide(id, 'REJECTED', context, now()),
    },
    OptimizationResult: {
      content: ({ contentId }) => ({ id: contentId }),
      reason: ({ reason }) => reason ?? null,
      scoreBefore: ({ scoreBefore }) => scoreBefore ?? null,
      decidedAt: ({ decidedAt }) => decidedAt ?? null,
      decidedBy: ({ decidedBy }) => (decidedBy ? { id: decidedBy } : null),
    },
  } satisfies Resolvers;
}
