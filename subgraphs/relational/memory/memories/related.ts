import type DataLoader from 'dataloader';
import { PolygraphError } from '#platform/errors';
import { fragment, type TenantPostgres } from '#stores/postgres/index';
import { pageSize } from '../../../runtime/connection.ts';
import { onlyUuids } from '../../../runtime/ids.ts';
import { atMost } from '../../../runtime/limits.ts';
import type { MemoryRelatedArgs } from '../../generated/resolvers.ts';
import { createListLoader, type ListOf } from '../../list-loader.ts';
import type { RelationshipRow } from './relationships.ts';
import { MEMORY_COLUMNS, type MemoryRow } from './rows.ts';

export interface RelatedRow {
  readonly memory: MemoryRow;
  readonly depth: number;
  readonly strength: number;
  readonly kinds: readonly RelationshipRow['kind'][];
}

/** How far a walk goes, over which relationships, and how many memories it brings. */
export interface Walk {
  readonly depth: number;
  readonly kinds: readonly string[] | null;
  readonly first: number;
}

/** @throws PolygraphError LIMIT_EXCEEDED */
export function walkOf({ depth, kinds, first }: MemoryRelatedArgs): Walk {
  const steps = depth ?? 1;
  if (steps < 1 || steps > MAX_DEPTH) {
    throw new PolygraphError('LIMIT_EXCEEDED', `\`depth\` is from 1 to ${MAX_DEPTH}; got ${steps}.`, {
      facts: { argument: 'depth', limit: MAX_DEPTH, given: steps },
    });
  }
  return { depth: steps, kinds: kinds ? atMost(MOST_KINDS, 'kinds', kinds) : null, first: pageSize(first) };
}

/**
 * One statement for the walks of all memories of a level. A walk goes in circles no more than once, because a way never
 * meets itself; it goes breadth first, and ends after so many steps however dense the graph is. It passes through what
 * the tenant sees alone: not through what has expired.
 */
export function createRelatedLoader({ sql }: TenantPostgres): DataLoader<ListOf<Walk>, FoundRow[], string> {
  return createListLoader(
    (memoryIds, { depth, kinds, first }) => {
      const ofKinds = kinds ? fragment`AND r.kind = ANY (${kinds}::text[])` : fragment``;
      return sql<FoundRow>`
        SELECT seed.id AS "seedId", found.depth, found.strength, found.kinds, ${MEMORY_COLUMNS}
        FROM unnest(${onlyUuids(memoryIds)}::uuid[]) AS seed (id) CROSS JOIN LATERAL (
          WITH RECURSIVE walk AS (
            SELECT seed.id, 0 AS depth, 1::float8 AS strength, ARRAY[seed.id] AS way, '{}'::text[] AS kinds
            UNION ALL
            SELECT step.id, walk.depth + 1, walk.strength * step.strength, walk.way || step.id, walk.kinds || step.kind
            FROM walk CROSS JOIN LATERAL (
              SELECT next.id, next.kind, next.strength FROM (
                SELECT r.to_id AS id, r.kind, r.strength FROM memory_relationships r WHERE r.from_id = walk.id ${ofKinds}
                UNION ALL
                SELECT r.from_id, r.kind, r.strength FROM memory_relationships r WHERE r.to_id = walk.id ${ofKinds}
              ) AS next JOIN memories v ON v.id = next.id
              ORDER BY next.strength DESC, next.id LIMIT ${MAX_STEPS_OF_ONE}
            ) AS step
            WHERE walk.depth < ${depth} AND step.id <> ALL (walk.way)
          )
          SELECT DISTINCT ON (bounded.id) bounded.* FROM (SELECT * FROM walk LIMIT ${MAX_STEPS}) AS bounded
          WHERE bounded.depth > 0 ORDER BY bounded.id, bounded.depth, bounded.strength DESC
        ) AS found JOIN memories m ON m.id = found.id
        ORDER BY seed.id, found.depth, found.strength DESC, m.id`.then((rows) => firstOfEach(rows, first));
    },
    ({ seedId }) => seedId,
  );
}

export type FoundRow = MemoryRow & Omit<RelatedRow, 'memory'> & { readonly seedId: string };

export const relatedOf = ({ seedId: _, depth, strength, kinds, ...memory }: FoundRow): RelatedRow => ({
  ...{ memory, depth, strength, kinds },
});

function firstOfEach(rows: readonly FoundRow[], first: number): FoundRow[] {
  const taken = new Map<string, number>();
  return rows.filter(({ seedId }) => {
    const count = (taken.get(seedId) ?? 0) + 1;
    taken.set(seedId, count);
    return count <= first;
  });
}

const MAX_DEPTH = 4;
/** There are five. */
const MOST_KINDS = 5;
const MAX_STEPS_OF_ONE = 50;
const MAX_STEPS = 2_000;
