import { fragment, joinFragments } from '#stores/postgres/index';
import { idOrNobody } from '../../../runtime/ids.ts';
import type { MemoryFilter } from '../../generated/resolvers.ts';
import { check } from '../../input.ts';
import { FILTER } from './input.ts';

/** As conditions on a table or alias `m`, each with an AND before it. A context that is none holds nothing. */
export function filterOf(filter: MemoryFilter | null | undefined) {
  const { contextId, kind, tags, minRelevance } = check(FILTER, filter ?? {});
  return joinFragments(
    [
      contextId === undefined ? undefined : fragment`AND m.context_id = ${idOrNobody(contextId)}::uuid`,
      kind && fragment`AND m.kind = ${kind}`,
      tags?.length ? fragment`AND m.tags @> ${tags}::text[]` : undefined,
      minRelevance === undefined ? undefined : fragment`AND m.relevance_score >= ${minRelevance}::float8`,
    ].filter((condition) => typeof condition === 'object'),
    ' ',
  );
}
