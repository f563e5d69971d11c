import { Lexer, type Token } from 'marked';
import { cleanProse } from './sanitize-prose.ts';

/**
 * Takes out of Markdown what would run in a browser: scripts, frames, event
 * handlers, and links to javascript: and the like. Code stays as it is, a
 * <script> inside a fence included, because it is shown and not run.
 *
 * Which blocks are code decides a parser, not a pattern: text that looks like a
 * fence inside an HTML block is HTML. Spans of code are found here, because the
 * parser takes minutes for some lines. Where a block cannot be found again in
 * the source, its surroundings are treated as prose, which is the safe side.
 * Renderers disagree in the corners of Markdown, so whoever renders a body as
 * HTML cleans the result once more.
 */
export function sanitizeMarkdown(markdown: string): string {
  let source = markdown.replace(/\r\n?/g, '\n').replaceAll('\0', '');
  for (let round = 0; round < 4; round += 1) {
    if (cleanProse(source) === source) return source;
    const clean = cleanOnce(source);
    // What was taken out can have made code of prose and prose of code: only a text that stays the same is clean.
    if (clean === source) return source;
    source = clean;
  }
  return cleanProse(source);
}

function cleanOnce(source: string): string {
  const blocks = blocksOf(source);
  return blocks ? cleanAround(source, blocks) : cleanProse(source);
}

/** @returns undefined for text that is nested too deeply to be a document a person wrote */
function blocksOf(source: string): readonly Token[] | undefined {
  if (DEEP.test(source)) return undefined;
  try {
    return new Lexer().blockTokens(source);
  } catch {
    return undefined;
  }
}

/** @param blocks the parts of `source`, in order; what lies between them is prose */
function cleanAround(source: string, blocks: readonly Token[]): string {
  const parts: string[] = [];
  let end = 0;
  for (const block of blocks) {
    const place = locate(source, block.raw, end);
    if (!place) return cleanProse(source);
    parts.push(cleanProse(source.slice(end, place.start)));
    parts.push(cleanBlock(block, source.slice(place.start, place.end)));
    end = place.end;
  }
  parts.push(cleanProse(source.slice(end)));
  return parts.join('');
}

function cleanBlock(block: Token, source: string): string {
  if (block.type === 'code') return source;
  if (block.type === 'html') return cleanProse(source);
  if (block.type === 'table') return source.split(CELL).map(cleanInline).join('');
  const inner = block.type === 'list' ? (block.items as Token[]) : childBlocks(block);
  return inner.length > 0 ? cleanAround(source, inner) : cleanInline(source);
}

function childBlocks(block: Token): readonly Token[] {
  return CONTAINERS.has(block.type) && 'tokens' in block ? (block.tokens ?? []) : [];
}

/**
 * Cleans what is not between two runs of equally many backticks. Where a tag
 * begins that is not plainly closed before the next backtick, readings differ,
 * so the rest of the block counts as prose.
 */
function cleanInline(text: string): string {
  const runs = runsByLength(text);
  const next = new RegExp(INLINE);
  const parts: string[] = [];
  let at = 0;
  for (let match = next.exec(text); match && match[0] !== '<'; match = next.exec(text)) {
    const [piece] = match;
    const closing = piece.startsWith('`') ? nextRun(runs.get(piece.length), match.index) : undefined;
    if (closing === undefined) continue;
    parts.push(cleanProse(text.slice(at, match.index)), text.slice(match.index, closing + piece.length));
    at = closing + piece.length;
    next.lastIndex = at;
  }
  parts.push(cleanProse(text.slice(at)));
  return parts.join('');
}

/** Where runs of so many backticks begin, last first: what has been passed is popped, so no run is looked at twice. */
function runsByLength(text: string): Map<number, number[]> {
  const runs = new Map<number, number[]>();
  for (const { 0: run, index } of [...text.matchAll(/`+/g)].reverse()) {
    const known = runs.get(run.length);
    if (known) known.push(index);
    else runs.set(run.length, [index]);
  }
  return runs;
}

function nextRun(runs: number[] | undefined, after: number): number | undefined {
  while (runs && (runs.at(-1) ?? Number.POSITIVE_INFINITY) <= after) runs.pop();
  return runs?.at(-1);
}

/** Finds a token in its source, also where the source prefixes each line (a quotation, a list). */
function locate(source: string, raw: string, from: number): { start: number; end: number } | undefined {
  const exact = source.indexOf(raw, from);
  if (exact >= 0) return { start: exact, end: exact + raw.length };
  const wanted = raw.trimEnd().split('\n');
  let start = from;
  while (start < source.length) {
    const end = matchLines(source, start, wanted);
    if (end !== undefined) return { start, end };
    const next = source.indexOf('\n', start);
    if (next < 0) return undefined;
    start = next + 1;
  }
  return undefined;
}

function matchLines(source: string, start: number, wanted: readonly string[]): number | undefined {
  let at = start;
  for (const [index, line] of wanted.entries()) {
    if (at > source.length) return undefined;
    const newline = source.indexOf('\n', at);
    const end = newline < 0 ? source.length : newline;
    const text = source.slice(at, end);
    if (
      !text.trimEnd().endsWith(line.trimEnd()) ||
      !PREFIX.test(text.slice(0, text.trimEnd().length - line.trimEnd().length))
    )
      return undefined;
    if (index === wanted.length - 1) return end;
    at = end + 1;
  }
  return undefined;
}

const CONTAINERS = new Set(['blockquote', 'list_item']);
/** Before a bar that parts two cells, and after each line. */
const CELL = /(?<!\\)(?=\|)|(?<=\n)/;
/** An escaped character, a tag or address without a backtick, the beginning of another, a run of backticks. */
const INLINE = /\\[\s\S]|<\/?[a-z][^<>`"']*(?:(?:"[^"<`]*"|'[^'<`]*')[^<>`"']*)*>|<(?=[a-z/!?])|`+/gi;
/** A line that opens more than thirty quotations or lists. */
const DEEP = /^(?:[ \t]*(?:[>*+-]|\d{1,9}[.)])){30}/m;
const PREFIX = /^[\s>*+\-0-9.)[\]x]*$/;
