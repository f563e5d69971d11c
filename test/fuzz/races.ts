import type { Question, Reply } from './asking.ts';
import { narrowedTo, type ResponsePath } from './narrow.ts';
import { judge, type OracleOptions, type Verdict } from './oracle.ts';
import { askBoth, type Replies, type Run } from './round.ts';

/**
 * Judges a read, which may be asked again. Where two fields fail that lie in one that must not be null, GraphQL tells
 * the error of whichever was first, which is a matter of the clock. So where nothing but such errors differs, each
 * field that failed is asked for by itself, and no finding where both worlds answer that alike.
 */
export async function judgeRead(
  run: Pick<Run, 'asks' | 'counts' | 'sent'>,
  question: Question,
  replies: Replies,
  options: OracleOptions,
): Promise<Verdict | undefined> {
  const verdict = judge(question, ...replies, options);
  const paths = verdict?.kind === 'difference' ? pathsOfRace(question, replies, options) : [];
  if (paths.length === 0) return verdict;
  for (const path of paths) {
    const alone = { ...question, ...narrowedTo(path, question) };
    const differs = judge(alone, ...(await askBoth(run, alone)), options);
    if (differs) return differs;
  }
  run.counts.raced += 1;
  return undefined;
}

/** @returns the paths of all errors; none where more differs than errors that made a field above them null */
function pathsOfRace(question: Question, replies: Replies, options: OracleOptions): readonly ResponsePath[] {
  const [inhabited, alone] = replies.map(read) as [Answer, Answer];
  const without = ({ reply, answer }: Answer): Reply => ({
    ...reply,
    text: JSON.stringify({ ...answer, errors: undefined }),
  });
  if (judge(question, without(inhabited), without(alone), options)) return [];
  const different = [...besides(inhabited, alone), ...besides(alone, inhabited)];
  if (!different.every(({ path }) => path && isNullAbove(path, inhabited.answer.data))) return [];
  return [inhabited, alone].flatMap(({ answer }) => (answer.errors ?? []).flatMap(({ path }) => (path ? [path] : [])));
}

interface Answer {
  readonly reply: Reply;
  readonly answer: { readonly data?: unknown; readonly errors?: readonly { readonly path?: ResponsePath }[] };
}

const read = (reply: Reply): Answer => ({ reply, answer: JSON.parse(reply.text) as Answer['answer'] });

/** Errors of the first that the second has not. */
function besides({ answer: { errors = [] } }: Answer, { answer: { errors: others = [] } }: Answer) {
  const known = new Set(others.map((error) => JSON.stringify(error)));
  return errors.filter((error) => !known.has(JSON.stringify(error)));
}

/** Whether the data ends on the way to the last step, which then has no place of its own that could be null. */
function isNullAbove(path: ResponsePath, data: unknown): boolean {
  let value = data;
  for (const step of path) {
    if (value === null || value === undefined) return true;
    value = (value as Readonly<Record<string | number, unknown>>)[step];
  }
  return false;
}
