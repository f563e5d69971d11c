import type { ParticipantFacts, ParticipantVerdict, RoundFacts, Verdict } from '#stores/postgres/federation/round';
import { release } from '#subgraphs/relational/memory/federated/privacy/mechanism';
import type { RandomSource } from '#subgraphs/relational/memory/federated/privacy/random';

export interface DecisionRules {
  readonly random: RandomSource;
  /** FEDERATION_MIN_PARTICIPANTS */
  readonly fewest: number;
}

/**
 * What becomes of a round. Released is only what at least k participants contributed to who can all pay for it; whose
 * budget is gone does not count among them, and nobody pays for a round of which nothing is released.
 */
export function decideRound(facts: RoundFacts, { random, fewest }: DecisionRules): Verdict {
  const able = facts.participants.filter((one) => one.contribution && canPay(one, facts));
  const enough = able.length >= Math.max(facts.minParticipants, fewest, FEWEST);
  const vectors = able.flatMap(({ contribution }) => (contribution ? [contribution.steps] : []));
  const { mechanism: name, bound, epsilonMicros, deltaPicos } = facts;
  return {
    release: enough ? release(vectors, { name, bound, epsilonMicros, deltaPicos }, random) : undefined,
    participants: facts.participants.map((one) => judge(one, facts, enough)),
  };
}

/** Whatever a session or the installation asks for: the mean of two tells each of them what the other said, but for the noise. */
const FEWEST = 3;

/** Rounds in a row: then a participant is removed. Who contributes is seen in the count anyway. */
const MOST_MISSED = 3;

function canPay({ epsilonMicrosLeft, deltaPicosLeft }: ParticipantFacts, cost: RoundFacts): boolean {
  return epsilonMicrosLeft >= cost.epsilonMicros && deltaPicosLeft >= cost.deltaPicos;
}

function judge(one: ParticipantFacts, facts: RoundFacts, enough: boolean): ParticipantVerdict {
  const { tenantId, contribution } = one;
  const absent = !contribution && facts.round > one.joinedRound;
  const missed = absent ? one.missed + 1 : 0;
  const reputation = afterRound(one.reputation, contribution, absent);
  const verdict = { tenantId, reputation, missed, removed: missed >= MOST_MISSED };
  if (!contribution) return verdict;
  const outcome = !canPay(one, facts) ? 'BUDGET' : enough ? 'INCLUDED' : 'TOO_FEW';
  return { ...verdict, outcome };
}

/**
 * The rule by which reputation changes, from 0 to 1: who contributes in time gains 0.05, who contributes far more than
 * the bound loses 0.1 instead, who is missing loses 0.2, but not in the round it joined in. It is for the participant's
 * own eyes. Nothing that others see may follow from it, or they would learn of a contribution what noise hides.
 */
export function afterRound(
  before: number,
  contribution: { readonly heavilyClipped: boolean } | null,
  absent: boolean,
): number {
  const given = contribution?.heavilyClipped ? -10 : 5;
  const change = contribution ? given : absent ? -20 : 0;
  return Math.min(100, Math.max(0, Math.round(before * 100) + change)) / 100;
}
