import DataLoader from 'dataloader';
import { z } from 'zod';
import { PolygraphError } from '#platform/errors';
import type { TenantPostgres } from '#stores/postgres/index';
import { isUuid } from '../../runtime/ids.ts';
import type { Context } from '../context.ts';
import type { ContentOptimizationInput } from '../generated/resolvers.ts';
import { groupBy } from '../group.ts';
import { check, text } from '../input.ts';

export interface ContentOptimizationRow {
  readonly id: string;
  readonly contentId: string;
  readonly aspect: 'TITLE' | 'SUMMARY' | 'BODY' | 'KEYWORDS' | 'STRUCTURE';
  readonly revision: number;
  readonly note: string;
  readonly scoreBefore: number | null;
  readonly scoreAfter: number | null;
  readonly appliedAt: Date;
}

export interface HistoryPage {
  readonly contentId: string;
  readonly first: number;
}

/** The newest of each document of a list, in one statement. */
export function createHistoryLoader({
  sql,
}: TenantPostgres): DataLoader<HistoryPage, ContentOptimizationRow[], string> {
  return new DataLoader(
    async (pages) => {
      const ids = [...new Set(pages.map(({ contentId }) => contentId))];
      const most = Math.max(...pages.map(({ first }) => first));
      const rows = await sql<ContentOptimizationRow>`
        SELECT o.id, o.content_id AS "contentId", o.aspect, o.revision, o.note, o.score_before AS "scoreBefore",
          o.score_after AS "scoreAfter", o.applied_at AS "appliedAt"
        FROM unnest(${ids}::uuid[]) AS wanted (id) CROSS JOIN LATERAL (
          SELECT * FROM content_optimizations c WHERE c.content_id = wanted.id ORDER BY applied_at DESC, id DESC LIMIT ${most}
        ) AS o ORDER BY o.applied_at DESC, o.id DESC`;
      const byContent = groupBy(rows, ({ contentId }) => contentId);
      return pages.map(({ contentId, first }) => (byContent.get(contentId) ?? []).slice(0, first));
    },
    { cacheKeyFn: ({ contentId, first }) => `${contentId}/${first}` },
  );
}

export async function recordOptimization(
  { tenant, stores }: Context,
  input: ContentOptimizationInput,
): Promise<ContentOptimizationRow> {
  const { contentId, ...facts } = check(OPTIMIZATION, input);
  const { tenantId, principal } = tenant;
  return stores.postgres.transaction(
    async (tx) => {
      const where = { id: isUuid(contentId) ? contentId : tenantId, deletedAt: null };
      const content = await tx.content.findFirst({ where, select: { revision: true } });
      if (!content) throw new PolygraphError('NOT_FOUND', 'There is no such document.');
      const appliedBy = `${principal.kind}:${principal.id}`;
      const data = { ...facts, tenantId, contentId, appliedBy, revision: content.revision };
      const row = await tx.contentOptimization.create({ data });
      return { ...row, aspect: facts.aspect };
    },
    { action: 'content.optimize' },
  );
}

const score = z
  .number()
  .min(0, 'is from 0 to 100')
  .max(100, 'is from 0 to 100')
  .nullish()
  .transform((value) => value ?? null);
const OPTIMIZATION = z.object({
  contentId: z.string().transform((id) => id.toLowerCase()),
  aspect: z.enum(['TITLE', 'SUMMARY', 'BODY', 'KEYWORDS', 'STRUCTURE']),
  note: text(2_000).pipe(z.string().min(1, 'is empty')),
  scoreBefore: score,
  scoreAfter: score,
});
