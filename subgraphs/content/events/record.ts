import type { EventRecorder } from '#stores/mongo/recorder';
import type { Context } from '../context.ts';
import type { RecordEventInput } from '../generated/resolvers.ts';
import type { RecordEventPayloadModel } from '../models.ts';
import { requireDocument } from '../require-document.ts';
import { checkEvent } from './input.ts';

/** Records what a principal says happened; the person is the principal, never an argument. */
export async function recordEvent(
  recorder: EventRecorder,
  input: RecordEventInput,
  { tenant, stores, loaders }: Context,
  now: Date,
): Promise<RecordEventPayloadModel> {
  const event = checkEvent(input, now);
  if (event.contentId !== undefined) await requireDocument(loaders, event.contentId);
  const { kind, id } = tenant.principal;
  return recorder.record(stores.mongo, { ...event, kind: input.kind, userId: kind === 'user' ? id : undefined });
}
