/** What a round is decided by. */
export interface RoundFacts {
  readonly hostId: string;
  readonly sessionId: string;
  readonly topic: string;
  readonly round: number;
  /** After which the session is closed. */
  readonly rounds: number;
  readonly roundSeconds: number | null;
  readonly mechanism: 'LAPLACE' | 'GAUSSIAN';
  readonly bound: number;
  readonly epsilonMicros: number;
  readonly deltaPicos: number;
  readonly minParticipants: number;
  /** Who has joined and not left. */
  readonly participants: readonly ParticipantFacts[];
}

export interface ParticipantFacts {
  readonly tenantId: string;
  /** 0 to 1. */
  readonly reputation: number;
  readonly joinedRound: number;
  /** Rounds in a row without a contribution, before this one. */
  readonly missed: number;
  readonly contribution: { readonly steps: readonly bigint[]; readonly heavilyClipped: boolean } | null;
  /** What is left for the topic. */
  readonly epsilonMicrosLeft: number;
  readonly deltaPicosLeft: number;
}

/** What is written of a round. */
export interface Verdict {
  /** Absent where nothing may be released. */
  readonly release?: { readonly values: readonly number[]; readonly noiseDeviation: number } | undefined;
  readonly participants: readonly ParticipantVerdict[];
}

export interface ParticipantVerdict {
  readonly tenantId: string;
  readonly reputation: number;
  readonly missed: number;
  readonly removed: boolean;
  /** Of its contribution; only INCLUDED ones are paid for. Absent where there was none. */
  readonly outcome?: 'INCLUDED' | 'TOO_FEW' | 'BUDGET' | undefined;
}
