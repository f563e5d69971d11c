import {
  MongoClientClosedError,
  MongoError,
  MongoExpiredSessionError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoOperationTimeoutError,
  MongoServerClosedError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
  MongoUnexpectedServerResponseError,
} from 'mongodb';

/** Whether the server is out of reach or too slow, as opposed to a command that is wrong. */
export function isMongoUnreachable(error: unknown): boolean {
  if (UNREACHABLE.some((kind) => error instanceof kind)) return true;
  if (!(error instanceof MongoError)) return false;
  return error.name === 'MongoWaitQueueTimeoutError' || SERVER_CODES.has(Number(error.code));
}

export function isDuplicateKey(error: unknown): boolean {
  return error instanceof MongoError && error.code === 11_000;
}

/** Most are what a command meets that had chosen its server, session or connection when the server went away. */
const UNREACHABLE = [
  MongoClientClosedError,
  MongoExpiredSessionError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoOperationTimeoutError,
  MongoServerClosedError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
  MongoUnexpectedServerResponseError,
] as const;

/** Codes of a server that cannot serve now: no primary, shutting down, over its time, or refusing our password. */
const SERVER_CODES = new Set([6, 7, 18, 50, 89, 91, 189, 262, 9_001, 10_107, 11_600, 11_602, 13_435, 13_436]);
