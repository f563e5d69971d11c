import type { Question, Reply } from './asking.ts';
import { judge, type OracleOptions, type Verdict } from './oracle.ts';
import { askAlone, type Replies, type Run } from './round.ts';

type RacingRun = Pick<Run, 'asks' | 'counts' | 'sent'>;

/**
 * Judges a read, which may be asked again. Where two fields fail that lie in one that must not be null, the error
 * of whichever was first is told, so one world answers now with this, now with that. What the world without the
 * victim answers with, too, cannot be the victim's doing.
 */
export async function judgeRead(
  run: RacingRun,
  question: Question,
  replies: Replies,
  options: OracleOptions,
): Promise<Verdict | undefined> {
  const verdict = judge(question, ...replies, options);
  if (verdict?.kind !== 'difference' || !(await isAnsweredAlone(run, question, replies[0], options))) return verdict;
  run.counts.raced += 1;
  return undefined;
}

async function isAnsweredAlone(
  run: RacingRun,
  question: Question,
  inhabited: Reply,
  options: OracleOptions,
): Promise<boolean> {
  for (let left = TRIES; left > 0; left -= 1) {
    if (!judge(question, inhabited, await askAlone(run, question), options)) return true;
  }
  return false;
}

const TRIES = 20;
