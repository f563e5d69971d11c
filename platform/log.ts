import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger };

/** Structured logs on stderr (stdout is for what a person reads); secrets never reach them. */
export function createLogger({
  level = 'info',
  name = 'polygraph',
  to = pino.destination(2),
}: LoggerOptions = {}): Logger {
  return pino({ name, level, redact: { paths: SECRET_PATHS, censor: '[redacted]' } }, to);
}

export interface LoggerOptions {
  level?: string;
  name?: string;
  to?: DestinationStream;
}

const SECRET_NAMES = ['authorization', 'cookie', 'password', 'secret', 'token', 'apiKey', 'assertion', 'url', 'uri'];
const SECRET_PATHS = SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]).concat(
  'headers["x-api-key"]',
  '*.headers["x-api-key"]',
);
