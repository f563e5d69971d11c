import { PolygraphError } from '#platform/errors';
import type { EventRecorder } from '#stores/mongo/recorder';
import type { Context } from '../context.ts';
import type { RecordEventInput } from '../generated/resolvers.ts';
import type { RecordEventPayloadModel } from '../models.ts';
import { checkEvent } from './input.ts';

/** Records what a principal says happened; the person is the principal, never an argument. */
export async function recordEvent(
  recorder: EventRecorder,
  input: RecordEventInput,
  { tenant, stores, loaders }: Context,
  now: Date,
): Promise<RecordEventPayloadModel> {
  const event = checkEvent(input, now);
  if (event.contentId !== undefined && (await loaders.documents.load(event.contentId, 'versionCount')) === undefined) {
    // The same for a document of another tenant, one that never was, and one whose body is still on its way.
    throw new PolygraphError(
      'NOT_FOUND',
      'There is no document with this `contentId`, or its body has not arrived yet.',
    );
  }
  const { kind, id } = tenant.principal;
  return recorder.record(stores.mongo, { ...event, kind: input.kind, userId: kind === 'user' ? id : undefined });
}
