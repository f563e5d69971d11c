import { z } from 'zod';
import { PolygraphError } from '#platform/errors';
import { type Decision, decideOptimization, recordOptimizations } from '#stores/mongo/optimizations';
import { isUuid } from '../../runtime/ids.ts';
import type { Context } from '../context.ts';
import type { RecordOptimizationInput } from '../generated/resolvers.ts';
import { CONTENT_ID, checkInput, IDEMPOTENCY_KEY, MODEL_NAME } from '../input.ts';
import type { OptimizationResultModel, RecordOptimizationPayloadModel } from '../models.ts';
import { requireDocument } from '../require-document.ts';

export async function recordOptimization(
  input: RecordOptimizationInput,
  { stores, loaders }: Context,
  now: Date,
): Promise<RecordOptimizationPayloadModel> {
  const { reason, scoreBefore, ...given } = checkInput(Optimization, input);
  await requireDocument(loaders, given.contentId);
  const optimization = { ...given, aspect: input.aspect, createdAt: now };
  const optional = { reason: reason ?? undefined, scoreBefore: scoreBefore ?? undefined };
  const [done] = await recordOptimizations(stores.mongo, [{ ...optimization, ...optional }]);
  if (!done) throw new TypeError('One suggestion has one answer.');
  return { optimization: done.row, recorded: done.recorded };
}

/** Deciding the same again changes nothing: the first decision stays as it was made. */
export async function decide(
  id: string,
  status: Decision['status'],
  { tenant, stores }: Context,
  now: Date,
): Promise<{ optimization: OptimizationResultModel }> {
  if (!isUuid(id)) throw notFound();
  const { kind, id: decidedBy } = tenant.principal;
  const decision = { status, decidedAt: now, ...(kind === 'user' ? { decidedBy } : {}) };
  const optimization = await decideOptimization(stores.mongo, id.toLowerCase(), decision);
  if (!optimization) throw notFound();
  if (optimization.status === status) return { optimization };
  const message = `The suggestion has been ${optimization.status.toLowerCase()} already, which is for good.`;
  throw new PolygraphError('CONFLICT', message, { facts: { status: optimization.status } });
}

/** The same for another tenant's suggestion and for one that never was. */
const notFound = (): PolygraphError => new PolygraphError('NOT_FOUND', 'There is no such suggestion.');

const text = (most: number) => z.string().min(1, 'is empty').max(most, `has at most ${most} characters`);
const SCORE = z.int('is from 0 to 100').min(0, 'is from 0 to 100').max(100, 'is from 0 to 100');

const Optimization = z.object({
  contentId: CONTENT_ID,
  idempotencyKey: IDEMPOTENCY_KEY,
  model: MODEL_NAME,
  suggestion: text(20_000),
  reason: text(2_000).nullish(),
  scoreBefore: SCORE.nullish(),
  scoreAfter: SCORE,
});
