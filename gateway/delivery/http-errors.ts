import type { IncomingMessage } from 'node:http';
import type { FastifyError, FastifyInstance } from 'fastify';
import { ERRORS, findPolygraphError, PolygraphError } from '#platform/errors';
import type { Logger } from '#platform/log';
import { errorBody } from './errors.ts';

/** What never reaches GraphQL (a body too large, broken JSON, an unknown path) is answered in its form too. */
export function answerHttpErrors(app: FastifyInstance, bodyLimit: number, log: Logger): void {
  const refusal = createRefusal(bodyLimit, log);
  app.setErrorHandler<FastifyError>(async (error, request, reply) => {
    if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') await passOver(request.raw, bodyLimit * 8);
    const { status, body } = refusal(error, request.id);
    return reply.code(status).type('application/json; charset=utf-8').send(body);
  });
  app.setNotFoundHandler((_request, reply) => {
    const error = new PolygraphError('NOT_FOUND', 'There is nothing here; operations go to POST /graphql.');
    return reply.code(404).send(errorBody(error));
  });
}

/** The answer to what went wrong with a whole request. Never leaks what it does not know. */
export function createRefusal(bodyLimit: number, log: Logger) {
  return (error: unknown, requestId: string): { status: number; body: string } => {
    const known = findPolygraphError(error) ?? translate(error as FastifyError, bodyLimit);
    if (!known) log.error({ err: error, requestId }, 'unexpected error over HTTP');
    const answer = known ?? new PolygraphError('INTERNAL', 'Something went wrong on our side.');
    return { status: statusOf(error as FastifyError, answer), body: JSON.stringify(errorBody(answer)) };
  };
}

function translate(error: FastifyError, bodyLimit: number): PolygraphError | undefined {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new PolygraphError('REQUEST_TOO_LARGE', `The body has more than ${bodyLimit} bytes.`, {
        facts: { limit: bodyLimit },
      });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new PolygraphError('BAD_USER_INPUT', 'Send JSON with `content-type: application/json`.');
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return new PolygraphError(
        'BAD_USER_INPUT',
        'The body is not JSON, or has a key `__proto__` or `constructor.prototype`, which is not taken.',
      );
    default:
      // What else fastify refuses (an empty body, a wrong length) it describes without our insides.
      return error.statusCode === 400
        ? new PolygraphError('BAD_USER_INPUT', `The body cannot be read: ${error.message}`)
        : undefined;
  }
}

/**
 * Most clients read an answer only after they have sent everything, and lose it
 * where the connection is cut before. So some more is taken in and thrown away.
 */
export function passOver(body: IncomingMessage, most: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, PASS_OVER_MS);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    let bytes = 0;
    body.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > most) done();
    });
    body.once('end', done).once('close', done);
  });
}

const PASS_OVER_MS = 5_000;

/** 415 is truer than the 400 of BAD_USER_INPUT. */
function statusOf(error: FastifyError, answer: PolygraphError): number {
  return error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE' ? 415 : ERRORS[answer.code].status;
}
