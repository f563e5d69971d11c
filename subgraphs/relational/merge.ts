import type { Resolvers } from './generated/resolvers.ts';

/** One map of those of each domain: the fields of a type may come from several of them. */
export function mergeResolvers(...parts: readonly Resolvers[]): Resolvers {
  const merged: Record<string, object> = {};
  for (const part of parts) {
    for (const [type, fields] of Object.entries(part)) merged[type] = { ...merged[type], ...fields };
  }
  return merged;
}
