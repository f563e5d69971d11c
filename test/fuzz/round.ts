import { setTimeout as sleep } from 'node:timers/promises';
import type { GraphQLSchema } from 'graphql';
import type { AskedDocument } from './asked.ts';
import type { Ask, Question, Reply } from './asking.ts';
import type { Corpus } from './corpus.ts';
import type { Coverage } from './coverage.ts';
import type { EntityDoor } from './entities.ts';
import { isTransient, type Verdict } from './oracle.ts';
import type { Random } from './random.ts';
import type { Turns } from './turns.ts';
import type { ValuePool } from './values.ts';
import type { Inhabitant, Worlds } from './worlds/index.ts';

/** What all rounds of one run share. */
export interface Run {
  readonly worlds: Worlds;
  readonly schema: GraphQLSchema;
  readonly doors: readonly EntityDoor[];
  readonly asks: { readonly inhabited: Ask; readonly alone: Ask };
  readonly coverage: Coverage;
  /** Of the questions of the gateway. */
  readonly turns: Turns;
  readonly reads: Corpus<AskedDocument>;
  readonly writes: Corpus<AskedDocument>;
  readonly counts: Counts;
  /** How often each request id was sent. */
  readonly sent: Map<string, number>;
  /** True when no further question is to be asked. */
  readonly isOver: () => boolean;
  readonly report: (finding: Finding) => void;
}

export interface Counts {
  /** Questions that both worlds answered, once each. */
  operations: number;
  documents: number;
  mutations: number;
  entities: number;
  /** What victims asked at the same moment. */
  ofVictims: number;
  /** Asked again because a store or the machine was too busy. */
  busy: number;
  /** Not answered by one world, however often it was asked: counted here alone. */
  unanswered: number;
  /** Differed only in which of several errors was first, and did not where each of the fields was asked for alone. */
  raced: number;
  /** Answers that had neither data nor anything to compare but a refusal. */
  refused: number;
}

/** One attacker, one victim. */
export interface Round {
  readonly attacker: Inhabitant;
  readonly victim: Inhabitant;
  readonly pool: ValuePool;
  readonly random: Random;
  /** Begins every request id, so that the ids that a round makes are its own. */
  readonly name: string;
}

export interface Finding {
  readonly verdict: Verdict;
  readonly round: Pick<Round, 'attacker' | 'victim' | 'name'>;
  /** In the order in which they were asked; the last one's answer was wrong. */
  readonly questions: readonly Question[];
  readonly isMutation: boolean;
  /** False where it did not happen again: something that depends on time or on what else runs. */
  readonly repeats: boolean;
}

export type Replies = readonly [inhabited: Reply, alone: Reply];

/** Asks both worlds at once; again where one of them was too busy to say anything about tenants. */
export async function askBoth(run: AskingRun, question: Question, tries = 4): Promise<Replies> {
  const { asks, counts } = run;
  const request = withNewId(run, question);
  const replies = await Promise.all([asks.inhabited(request), asks.alone(request)]);
  if (tries <= 1 || !replies.some(isTransient)) return replies;
  counts.busy += 1;
  await sleep(500);
  return askBoth(run, question, tries - 1);
}

type AskingRun = Pick<Run, 'asks' | 'counts' | 'sent'>;

/** The id of the assertion follows from that of the request, and an assertion is refused the second time. */
function withNewId({ sent }: AskingRun, question: Question): Question {
  const { requestId } = question;
  const times = sent.get(requestId) ?? 0;
  sent.set(requestId, times + 1);
  return times === 0 ? question : { ...question, requestId: `${requestId}-again-${times}` };
}

/** Counts an answer and what it showed of the graph. */
export function note({ counts }: Pick<Run, 'counts'>, asked: AskedDocument, { text }: Reply): void {
  counts.operations += 1;
  if (asked.to !== 'gateway') counts.entities += 1;
  if (!HAS_DATA.test(text)) counts.refused += 1;
  else asked.see(text);
}

const HAS_DATA = /"data":\{/;
