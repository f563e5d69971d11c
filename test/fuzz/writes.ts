import { type AskedDocument, askedDocument } from './asked.ts';
import type { Question } from './asking.ts';
import { changedRest, type Rest, restOf, restoreTenant } from './copies/index.ts';
import { randomOperation } from './operations.ts';
import { ID, isTransient, judge, type OracleOptions, sentIn, type Verdict } from './oracle.ts';
import { othersOf } from './others.ts';
import { pathToUnseen } from './paths.ts';
import { judgeRead } from './races.ts';
import { askBoth, note, type Replies, type Round, type Run } from './round.ts';
import { UNSTABLE } from './unstable.ts';
import type { Worlds } from './worlds/index.ts';

/**
 * Mutations of the attacker that name the victim's things, one after the other
 * and nothing else meanwhile; then all that waits is projected, the attacker
 * reads, and what the stores hold of everybody else must be what it was.
 */
export async function runWrites(run: Run, round: Round): Promise<void> {
  const steps = stepsOf(run, round);
  const questions = steps.map(({ question }) => question);
  const outcome = await runSequence(run, round, questions, (index, [inhabited]) => {
    const step = steps[index];
    if (!step) return;
    note(run, step.asked, inhabited);
    if (isMutation(step.question)) run.counts.mutations += 1;
  });
  if (!outcome) return;
  const { verdict, asked } = outcome;
  const again = await runSequence(run, round, asked);
  run.report({ verdict, round, questions: asked, isMutation: true, repeats: again?.verdict.kind === verdict.kind });
}

export interface SequenceOutcome {
  readonly verdict: Verdict;
  /** Up to the one that was answered wrongly; all, where what others hold has changed. */
  readonly asked: readonly Question[];
}

/** Asks in order, in a world that is as it was at first and is made so again. @returns undefined where nothing is wrong */
export async function runSequence(
  run: Run,
  { attacker }: Round,
  questions: readonly Question[],
  onReplies: (index: number, replies: Replies) => void = () => undefined,
): Promise<SequenceOutcome | undefined> {
  const { inhabited, alone } = run.worlds;
  const others = othersOf(run.worlds, attacker.tenant);
  const before = await restOfOthers(run, attacker.id);
  const sentBefore = new Set<string>();
  const made = { since: Date.now() - CLOCKS_APART, known: knownIds(run.worlds) };
  const project = () => Promise.all([inhabited.drain(), alone.drain()]);
  let reading = false;
  let changed: readonly string[] = [];
  try {
    for (const [index, question] of questions.entries()) {
      if (!reading && !isMutation(question)) await project();
      reading ||= !isMutation(question);
      for (const text of sentIn(question)) sentBefore.add(text);
      // A write that one world was too busy for cannot be asked again of both: this sequence says nothing.
      const replies = await askBoth(run, question, 1);
      if (replies.some(isTransient)) return undefined;
      onReplies(index, replies);
      const options = { others, sentBefore, made };
      const verdict = await judgeStep(run, question, replies, options);
      if (verdict) return { verdict, asked: questions.slice(0, index + 1) };
    }
    await project();
    changed = changedRest(before, await restOfOthers(run, attacker.id));
    return changed.length > 0
      ? { verdict: { kind: 'changed', detail: changed.join('\n') }, asked: questions }
      : undefined;
  } finally {
    await project();
    const damaged = changed.length > 0 ? [...run.worlds.attackers, ...run.worlds.victims] : [attacker];
    for (const { copy } of damaged) await restoreTenant(inhabited.stores, copy);
    await restoreTenant(alone.stores, attacker.copy);
  }
}

/** A write cannot be asked again: it would be another one. */
const judgeStep = async (run: Run, question: Question, replies: Replies, options: OracleOptions) =>
  isMutation(question) ? judge(question, ...replies, options) : judgeRead(run, question, replies, options);

interface Step {
  readonly question: Question;
  readonly asked: AskedDocument;
}

/** Some documents with several values each, then a few reads of what became of it. */
function stepsOf(run: Run, round: Round): Step[] {
  const { schema, turns } = run;
  const { pool, random, name } = round;
  const { tenant } = round.attacker;
  const steps: Step[] = [];
  const make = (kind: 'query' | 'mutation') => (): AskedDocument => {
    const path = kind === 'mutation' && random.chance(UNSEEN) ? pathToUnseen(run, kind, random) : undefined;
    const options = { schema, pool, random, turns, kind, maxDepth: 3, unstable: UNSTABLE, ...(path && { path }) };
    return askedDocument(run, randomOperation(options));
  };
  const add = (asked: AskedDocument, draws: number): void => {
    for (let set = 0; set < draws; set += 1) {
      const requestId = `${name}-${steps.length}`;
      const { text, to } = asked;
      steps.push({ question: { to, tenant, caller: 'OWNER', text, variables: asked.draw(round), requestId }, asked });
    }
  };
  for (let document = 0; document < DOCUMENTS; document += 1) {
    add(run.writes.next(make('mutation'), random).item, DRAWS);
  }
  for (let document = 0; document < READS; document += 1) add(run.reads.next(make('query'), random).item, 2);
  return steps;
}

function restOfOthers({ worlds: { inhabited, attackers, victims } }: Run, own: string): Promise<Rest> {
  const everybody = [...attackers, ...victims];
  const who = everybody.find(({ id }) => id === own);
  if (!who) throw new TypeError('The attacker lives in neither world.');
  return restOf(
    inhabited.stores,
    who,
    everybody.filter((one) => one !== who),
  );
}

/** Of all tenants, from what their stores held at first. */
function knownIds(worlds: Worlds): ReadonlySet<string> {
  const known = KNOWN.get(worlds);
  if (known) return known;
  const rows = [...worlds.attackers, ...worlds.victims].flatMap(({ copy }) => [
    ...[...copy.postgres.values()].flat(),
    JSON.stringify([...copy.mongo.values()]),
    JSON.stringify(copy.graph),
  ]);
  const ids = new Set(rows.flatMap((row) => row.match(ID) ?? []));
  KNOWN.set(worlds, ids);
  return ids;
}

const KNOWN = new WeakMap<Worlds, ReadonlySet<string>>();

export const isMutation = ({ text }: Question): boolean => text.startsWith('mutation');

/** Milliseconds: the processes and the stores share one clock, and some of it is rounded. */
const CLOCKS_APART = 1_000;
const DOCUMENTS = 8;
const DRAWS = 8;
const READS = 5;
/** How many of the new documents are made for a field that no answer has held yet. */
const UNSEEN = 0.5;
