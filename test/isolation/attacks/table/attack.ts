/** One attack of the catalogue that every change is measured against. */
export interface Attack {
  readonly id: string;
  readonly attack: string;
  readonly must: string;
  /** Where it is sent, beside the operations of this folder, which go through the gateway and to subgraphs' ports. */
  readonly sent?: string;
  /** Tiers of the attacker there. */
  readonly tiers?: string;
  /** Why it cannot be tried here. */
  readonly absent?: string;
}

export const HANDLE = 'handle of the store';
export const APP = 'PostgreSQL, as the role that serves requests';
export const THE_GATEWAY = 'gateway';
export const GENERAL = 'before the tier matters';
export const NO_SUBSCRIPTIONS = 'The graph has no subscriptions.';

/** Rows of attacks that all cannot be tried for the same reason. */
export function absent(
  why: string,
  attacks: Readonly<Record<string, readonly [attack: string, must: string]>>,
): Attack[] {
  return Object.entries(attacks).map(([id, [attack, must]]) => ({ id, attack, must, absent: why }));
}
