import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from 'diff';
import { PolygraphError } from '#platform/errors';
import type { DiffHunk, DiffLine } from '../generated/resolvers.ts';

/** A version as it is compared: the whole body. */
export interface ComparedVersion {
  readonly number: number;
  readonly body: string;
}

export interface BodyComparison {
  readonly addedLines: number;
  readonly removedLines: number;
  readonly hunks: readonly DiffHunk[];
  /** The same as text, in the form of `diff -u`; empty where nothing differs. */
  readonly unified: string;
}

/**
 * The lines in which two bodies differ, with `context` equal lines around each
 * change. The bound is on what is found and not on the bodies: two long texts
 * with few changes compare well.
 * @throws PolygraphError LIMIT_EXCEEDED where the bodies differ too much to be read
 */
export function compareBodies(from: ComparedVersion, to: ComparedVersion, context: number): BodyComparison {
  const names = [`version ${from.number}`, `version ${to.number}`] as const;
  const patch = structuredPatch(...names, from.body, to.body, undefined, undefined, {
    context,
    maxEditLength: MAX_CHANGED_LINES,
    timeout: MAX_MILLISECONDS,
  });
  if (!patch) throw tooDifferent(from, to);
  const hunks = patch.hunks.map(({ oldStart, oldLines, newStart, newLines, lines }) => ({
    ...{ fromStart: oldStart, fromLines: oldLines, toStart: newStart, toLines: newLines },
    lines: lines.flatMap(lineOf),
  }));
  const lines = hunks.flatMap((hunk) => hunk.lines);
  return {
    addedLines: lines.filter(({ change }) => change === 'ADDED').length,
    removedLines: lines.filter(({ change }) => change === 'REMOVED').length,
    hunks,
    unified: hunks.length === 0 ? '' : formatPatch(patch, FILE_HEADERS_ONLY),
  };
}

/** Lines added and removed, together. */
export const MAX_CHANGED_LINES = 1_000;
/** The library computes in the thread that serves everyone. */
const MAX_MILLISECONDS = 100;

const CHANGES = new Map<string, DiffLine['change']>([
  ['+', 'ADDED'],
  ['-', 'REMOVED'],
  [' ', 'SAME'],
]);

/** Nothing for the remark that a text ends without a line break, which is no line of it. */
function lineOf(line: string): DiffLine[] {
  const change = CHANGES.get(line.charAt(0));
  return change ? [{ change, text: line.slice(1) }] : [];
}

function tooDifferent(from: ComparedVersion, to: ComparedVersion): PolygraphError {
  const message = `Versions ${from.number} and ${to.number} differ in more than ${MAX_CHANGED_LINES} lines; read both bodies instead.`;
  return new PolygraphError('LIMIT_EXCEEDED', message, { facts: { limit: MAX_CHANGED_LINES } });
}
