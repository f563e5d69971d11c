import { type AskedDocument, askedDocument } from './asked.ts';
import type { Question } from './asking.ts';
import { randomEntities } from './entities.ts';
import { randomOperation } from './operations.ts';
import { isTransient, judge, judgeAlone, type OracleOptions } from './oracle.ts';
import { othersOf } from './others.ts';
import { pathToUnseen } from './paths.ts';
import { judgeRead } from './races.ts';
import type { Random } from './random.ts';
import { askBoth, note, type Round, type Run } from './round.ts';
import { UNSTABLE } from './unstable.ts';

/**
 * Queries and `_entities`, several at once, while the victim now and then asks
 * the same at the same moment: what two requests share by mistake shows there.
 */
export async function runReads(run: Run, round: Round): Promise<void> {
  const tasks = tasksOf(run, round);
  const worker = async (): Promise<void> => {
    for (const task of tasks) {
      if (run.isOver()) return;
      await runTask(run, round, task);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

interface Task {
  readonly question: Question;
  readonly asked: AskedDocument;
}

async function runTask(run: Run, round: Round, { question, asked }: Task): Promise<void> {
  const { attacker, victim } = round;
  const options: OracleOptions = { others: othersOf(run.worlds, attacker.tenant) };
  const asVictim = { ...question, tenant: victim.tenant, requestId: `${question.requestId}-victim` };
  const alongside = round.random.chance(VICTIM_ASKS) ? run.asks.inhabited(asVictim) : undefined;
  const [replies, ofVictim] = await Promise.all([askBoth(run, question), alongside]);
  if (ofVictim) {
    run.counts.ofVictims += 1;
    const verdict = judgeAlone(asVictim, ofVictim, { others: othersOf(run.worlds, victim.tenant) });
    if (verdict) run.report({ verdict, round, questions: [asVictim], isMutation: false, repeats: false });
  }
  // A store that one world waits for in vain makes a difference that is not about tenants; what is foreign shows all the same.
  const unanswered = replies.some(isTransient);
  if (unanswered) run.counts.unanswered += 1;
  else note(run, asked, replies[0]);
  const verdict = unanswered
    ? judgeAlone(question, replies[0], options)
    : await judgeRead(run, question, replies, options);
  if (!verdict) return;
  const again = judge(question, ...(await askBoth(run, question)), options);
  run.report({ verdict, round, questions: [question], isMutation: false, repeats: again?.kind === verdict.kind });
}

/** One document after the other, each with many values, so that it is planned once in a while and asked often. */
function* tasksOf(run: Run, round: Round): Generator<Task> {
  const { random, name } = round;
  const { tenant } = round.attacker;
  const documents = run.counts.documents <= BROAD ? 8 : 24;
  for (let number = 0; number < documents; number += 1) {
    const make = random.chance(ENTITIES) ? entityQuestions : graphQuestions;
    const { item, isNew } = run.reads.next(() => make(run, round), random);
    const { text, to } = item;
    const caller: Question['caller'] = random.chance(0.85) ? 'OWNER' : random.pick(OTHER_CALLERS);
    for (let set = drawsOf(item, isNew ? run.counts.documents : undefined, random); set > 0; set -= 1) {
      const requestId = `${name}-${number}-${set}`;
      yield { question: { to, tenant, caller, text, variables: item.draw(round), requestId }, asked: item };
    }
  }
}

function graphQuestions(run: Run, { pool, random }: Round): AskedDocument {
  const { schema, turns } = run;
  const path = random.chance(UNSEEN) ? pathToUnseen(run, 'query', random) : undefined;
  const way = path ? { path } : { maxDepth: depthOf(random) };
  const operation = randomOperation({ schema, pool, random, turns, ...way, unstable: UNSTABLE });
  return askedDocument(run, operation);
}

function entityQuestions(run: Run, { pool, random }: Round): AskedDocument {
  const door = random.pick(run.doors);
  const operation = randomEntities(door, { pool, random, maxDepth: 4, unstable: UNSTABLE });
  return askedDocument(run, operation, door);
}

/**
 * A new document is asked a few times, a known one as often as its size allows: each has the same share of a run.
 * @param age of a new document: how many there are. A short run asks for much of the graph, a long one for much of each.
 */
function drawsOf({ isVaried, size }: AskedDocument, age: number | undefined, random: Random): number {
  if (!isVaried) return 2;
  if (age === undefined) return Math.min(512, Math.max(32, Math.round(2_048 / size)));
  return random.pick(age <= BROAD ? [8, 16, 32] : [32, 64]);
}

/** Many small operations, some large ones. */
const depthOf = (random: Random): number => random.pick([1, 2, 2, 3, 3, 4, 6]);

const OTHER_CALLERS = ['EDITOR', 'VIEWER', 'API_KEY'] as const;
const AT_ONCE = 16;
/** Documents that a run of a minute gets to. */
const BROAD = 64;
const ENTITIES = 0.25;
const VICTIM_ASKS = 0.15;
/** How many of the new documents are made for a field that no answer has held yet. */
const UNSEEN = 0.5;
