import { DriverAdapterError } from '@prisma/driver-adapter-utils';
import { Prisma } from './generated/client.ts';

/** True where the server is out of reach, full or going away; false where the statement is at fault. */
export function isUnreachable(error: unknown): boolean {
  if (error instanceof DriverAdapterError) return UNREACHABLE_KINDS.has(error.cause.kind);
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (UNREACHABLE_CODES.has(code ?? '')) return true;
  return code && SQLSTATE.test(code) ? UNREACHABLE_STATES.test(code) : UNREACHABLE_MESSAGE.test(error.message);
}

/** No connection in time, or the transaction ran out of its own. */
export function isTransactionLost(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2028';
}

/** The index that refused a duplicate, for resolvers to turn into CONFLICT; undefined for any other error. */
export function violatedUnique(error: unknown): string | undefined {
  const cause = causeOf(error, 'P2002');
  if (cause?.kind !== 'UniqueConstraintViolation') return undefined;
  const { constraint } = cause;
  if (!constraint) return 'unknown';
  if ('index' in constraint) return constraint.index;
  return 'fields' in constraint ? constraint.fields.join('_') : 'unknown';
}

/** True where a row points at one that is not there, or not in this tenant: the two cannot be told apart. */
export function isForeignKeyViolation(error: unknown): boolean {
  return causeOf(error, 'P2003')?.kind === 'ForeignKeyConstraintViolation';
}

function causeOf(error: unknown, code: string): DriverAdapterError['cause'] | undefined {
  if (error instanceof DriverAdapterError) return error.cause;
  if (!(error instanceof Prisma.PrismaClientKnownRequestError) || error.code !== code) return undefined;
  const wrapped = error.meta?.driverAdapterError;
  return wrapped instanceof DriverAdapterError ? wrapped.cause : undefined;
}

const SQLSTATE = /^[0-9A-Z]{5}$/;
/**
 * Connection exceptions, exhausted resources, shutdown and recovery, a statement over its time, and a
 * server that does not know our database or role yet: it is up, but has not been migrated.
 */
const UNREACHABLE_STATES = /^(08|28|3D|53|57P0|57014|58)/;
const UNREACHABLE_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOENT',
]);
const UNREACHABLE_KINDS = new Set<string>([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
  'TlsConnectionError',
]);
/** pg gives these no code. */
const UNREACHABLE_MESSAGE =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Client was closed)/;
