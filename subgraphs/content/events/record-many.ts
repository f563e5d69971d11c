import { findPolygraphError } from '#platform/errors';
import type { EventRecorder } from '#stores/mongo/recorder';
import type { Context } from '../context.ts';
import type { RecordEventInput } from '../generated/resolvers.ts';
import { within } from '../limits.ts';
import type { EventOutcomeModel, RecordEventsPayloadModel } from '../models.ts';
import { recordEvent } from './record.ts';

/** Events of one call, of the whole batch the documents are looked up together and the events written together. */
export async function recordEvents(
  recorder: EventRecorder,
  inputs: readonly RecordEventInput[],
  context: Context,
  now: Date,
): Promise<RecordEventsPayloadModel> {
  within('inputs', inputs.length, 1, MOST_EVENTS);
  const outcomes = await Promise.all(
    inputs.map(
      (input): Promise<EventOutcomeModel> =>
        recordEvent(recorder, input, context, now).then(
          ({ recorded }) => ({ recorded, problem: null }),
          (error: unknown) => ({ recorded: false, problem: problemOf(error) }),
        ),
    ),
  );
  return { outcomes };
}

/** @throws what was not meant for the client, to be masked and logged like any other */
function problemOf(error: unknown): EventOutcomeModel['problem'] {
  const own = findPolygraphError(error);
  if (!own) throw error;
  return { code: own.code, message: own.message };
}

const MOST_EVENTS = 500;
