import { ERRORS, findPolygraphError } from '#platform/errors';

/** Errors whose message is written for the person at the terminal; a stack would only hide it. */
const FOR_PEOPLE = new Set(['LocalStoreError', 'SettingsError', 'CompositionError', 'CommandError']);

/** A failure a command reports in its own words. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;

  /** @param exitCode one of EXIT, for a caller that is a program */
  constructor(message: string, exitCode: number = EXIT.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** As in sysexits.h. */
export const EXIT = { failed: 1, wrongData: 65, noInput: 66, unavailable: 69, wrongSettings: 78 } as const;

export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = findPolygraphError(error);
  if (own) return `${own.message} ${ERRORS[own.code].cure}`;
  return FOR_PEOPLE.has(error.name) ? error.message : (error.stack ?? error.message);
}
