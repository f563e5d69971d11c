import { APP, type Attack } from './attack.ts';

const SUBGRAPH_AND_SERVER = `the subgraph, signed; ${APP}`;

/** What is tried among tenants that learn together, and against what is counted of all of them. */
export const LEARNING_ATTACKS: readonly Attack[] = [
  {
    id: 'FL-01',
    attack: 'as a participant: read, replace, repeat or predate contributions, budgets, reputations, rounds of others',
    must: 'own rows only; one contribution a round; the server refuses the rest',
    sent: SUBGRAPH_AND_SERVER,
    tiers: 'STANDARD',
  },
  {
    id: 'FL-02',
    attack:
      'as a stranger: find, join or contribute to a session by its id, a wrong code, or a row that says one has joined',
    must: 'nothing is seen; “not found” as for what never was',
    sent: SUBGRAPH_AND_SERVER,
    tiers: 'STANDARD',
  },
  {
    id: 'FL-03',
    attack: 'have a release of too few with many contributions of one’s own; find contributions afterwards',
    must: 'nothing is released; nothing is left, also not in the audit',
    sent: SUBGRAPH_AND_SERVER,
    tiers: 'STANDARD',
  },
  {
    id: 'FL-04',
    attack: 'read or change roll-ups, metrics and retention of others',
    must: 'own rows only; roll-ups are written by no request',
    sent: APP,
    tiers: 'STANDARD',
  },
];
