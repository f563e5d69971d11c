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

function canPay({ epsilonMicrosLeft, deltaPicosLeft }: ParticipantFacts, cost: RoundFacts): boolean {
  return epsilonMicrosLeft >= cost.epsilonMicros && deltaPicosLeft >= cost.deltaPicos;
}

function judge(one: ParticipantFacts, facts: RoundFacts, enough: boolean): ParticipantVerdict {
  const { tenantId, reputation: before, contribution } = one;
  const reputation = afterRound(before, contribution, facts.round <= one.joinedRound);
  const removed = reputation <= 0;
  if (!contribution) return { tenantId, reputation, removed };
  const outcome = !canPay(one, facts) ? 'BUDGET' : enough ? 'INCLUDED' : 'TOO_FEW';
  return { tenantId, reputation, removed, outcome };
}

/**
 * The rule by which reputation changes, from 0 to 1: who contributes in time gains 0.05, who contributes far more than
 * the bound loses 0.1 instead, who is missing loses 0.2, but not in the round it joined in. At 0 it is removed.
 */
export function afterRound(
  before: number,
  contribution: { readonly heavilyClipped: boolean } | null,
  justJoined: boolean,
): number {
  const missing = justJoined ? 0 : -20;
  const change = contribution ? (contribution.heavilyClipped ? -10 : 5) : missing;
  return Math.min(100, Math.max(0, Math.round(before * 100) + change)) / 100;
}
