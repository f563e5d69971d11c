import type { FastifyPluginAsync } from 'fastify';
import { PolygraphError } from '#platform/errors';
import type { TakeEvents } from '../../admission/event-rate.ts';
import { passOver } from '../http-errors.ts';
import type { OwnCaller, OwnOperations } from '../own-operations.ts';
import type { RouteDoor } from '../route-door.ts';
import { type EventOutcome, type IngestionLimits, ingest } from './ingest.ts';

export interface EventsRouteOptions {
  readonly admit: RouteDoor;
  readonly takeEvents: TakeEvents;
  readonly graph: OwnOperations;
  readonly limits?: IngestionLimits;
}

/**
 * POST /events: events of the caller's tenant as lines of JSON, each what `recordEvent` takes as its input. The answer is
 * lines of JSON, too: one for each line that was refused, with its number, code and message, and the counts as the last.
 * Where not all lines could be looked at, the status says why, and the same lines can be sent again.
 */
export function eventsRoute({
  admit,
  takeEvents,
  graph,
  limits = { maxLines: 10_000, maxLineBytes: 8_192, batch: 250 },
}: EventsRouteOptions): FastifyPluginAsync {
  const record = async (inputs: readonly unknown[], caller: OwnCaller): Promise<readonly EventOutcome[]> => {
    await takeEvents(caller.tenant, inputs.length);
    const { recordEvents } = await graph.run(RECORD, { inputs }, caller);
    return (recordEvents as { readonly outcomes: readonly EventOutcome[] }).outcomes;
  };
  return async (app) => {
    app.removeAllContentTypeParsers();
    // The body is read as it arrives, and not before whoever sends it is known.
    app.addContentTypeParser('application/x-ndjson', (_request, _body, done) => done(null));
    app.addContentTypeParser('*', (_request, _body, done) => done(wrongType()));
    app.post('/events', async (request, reply) => {
      const caller = await admit(request, reply, 'POST /events', 'analytics:write');
      if (request.headers['content-encoding'] !== undefined) throw wrongEncoding();
      // Left open where the lines are left: closing the stream would close the connection before the answer.
      const body = request.raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
      const report = await ingest(body, {
        limits,
        check: (event) => graph.checkInput('RecordEventInput', event),
        record: (events) => record(events, caller),
      });
      if (!request.raw.readableEnded) await passOver(request.raw, MOST_PASSED_OVER);
      if (report.retryAfterSeconds !== undefined) reply.header('retry-after', String(report.retryAfterSeconds));
      return reply
        .code(report.status)
        .header('cache-control', 'private, no-store')
        .type('application/x-ndjson')
        .send(report.print());
    });
  };
}

const RECORD = `mutation RecordEvents($inputs: [RecordEventInput!]!) {
  recordEvents(inputs: $inputs) { outcomes { recorded problem { code message } } }
}`;
/** Bytes behind the last line that was looked at. */
const MOST_PASSED_OVER = 16_000_000;

const wrongType = (): PolygraphError =>
  new PolygraphError('BAD_USER_INPUT', 'POST /events takes lines of JSON with `content-type: application/x-ndjson`.');
const wrongEncoding = (): PolygraphError =>
  new PolygraphError('NOT_SUPPORTED', 'POST /events takes lines as they are, without `content-encoding`.');
