import { z } from 'zod';
import type { Recorder } from '#stores/mongo/recorder';
import type { NewUsage, RecordedUsage } from '#stores/mongo/usage';
import type { Context } from '../context.ts';
import type { RecordModelUsageInput } from '../generated/resolvers.ts';
import { CONTENT_ID, checkInput, checkMoment, IDEMPOTENCY_KEY, MODEL_NAME } from '../input.ts';
import { requireDocument } from '../require-document.ts';

export type UsageRecorder = Recorder<NewUsage, RecordedUsage>;

/** Records what the principal used; who that is comes from the request, never from an argument. */
export async function recordModelUsage(
  recorder: UsageRecorder,
  input: RecordModelUsageInput,
  { tenant, stores, loaders }: Context,
  now: Date,
): Promise<RecordedUsage> {
  const { contentId, ...usage } = checkInput(Usage, input);
  const at = checkMoment(input.at, now);
  if (typeof contentId === 'string') await requireDocument(loaders, contentId);
  const { kind, id } = tenant.principal;
  const who = { principalKind: kind, principalId: id } as const;
  return recorder.record(stores.mongo, { ...usage, ...who, at, contentId: contentId ?? undefined });
}

const amount = (most: number) =>
  z.int(`is from 0 to ${most}`).min(0, `is from 0 to ${most}`).max(most, `is from 0 to ${most}`);

const Usage = z.object({
  idempotencyKey: IDEMPOTENCY_KEY,
  model: MODEL_NAME,
  tokensIn: amount(100_000_000),
  tokensOut: amount(100_000_000),
  costMicros: amount(2_000_000_000),
  contentId: CONTENT_ID.nullish(),
});
