/** Tells an answer that is still wanted from one that comes too late. */
export interface Turns {
  /** A request is sent. @returns how matters stand for its answer when that arrives */
  start(): () => 'wanted' | 'replaced' | 'cleared';
  /** The screen was cleared for another tenant or operation. */
  clear(): void;
}

/**
 * Without this an answer asked for as one tenant could appear after the reader
 * has moved to another, under the other's name.
 */
export function createTurns(): Turns {
  let started = 0;
  let cleared = 0;
  return {
    start() {
      started += 1;
      const mine = { started, cleared };
      return () => {
        if (mine.started !== started) return 'replaced';
        return mine.cleared === cleared ? 'wanted' : 'cleared';
      };
    },
    clear() {
      cleared += 1;
    },
  };
}
