import { PolygraphError } from '#platform/errors';

/** The list, where it is no longer than it may be. @throws PolygraphError LIMIT_EXCEEDED that names the limit */
export function atMost<Item>(limit: number, argument: string, items: readonly Item[]): readonly Item[] {
  if (items.length <= limit) return items;
  throw new PolygraphError('LIMIT_EXCEEDED', `\`${argument}\` holds at most ${limit}; got ${items.length}.`, {
    facts: { argument, limit, given: items.length },
  });
}
