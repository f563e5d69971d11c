import { type Attack, GENERAL } from './attack.ts';

/** What is tried on identities, sessions and secrets. */
export const ACCOUNTS_ATTACKS: readonly Attack[] = [
  {
    id: 'AU-01',
    attack: 'tokens without or with a confused signature, of others, out of time, with odd headers',
    must: 'refused',
    sent: 'identity',
    tiers: GENERAL,
  },
  {
    id: 'AU-02',
    attack: 'a token edited to another tenant',
    must: 'refused; no header chooses',
    sent: 'identity',
    tiers: GENERAL,
  },
  {
    id: 'AU-03',
    attack: 'a suspended tenant, a member who left',
    must: 'refused within the stated seconds',
    sent: 'identity',
    tiers: GENERAL,
  },
  {
    id: 'AU-04',
    attack: 'guess keys; find one in a log',
    must: 'one answer for all wrong keys; never logged',
    sent: 'identity, gateway',
    tiers: 'all',
  },
  {
    id: 'AU-05',
    attack: 'roles and scopes above one’s own',
    must: 'refused',
    sent: 'identity',
    tiers: GENERAL,
  },
  {
    id: 'AU-06',
    attack: 'secrets through filters, orders or fields',
    must: 'the graph has none',
    sent: 'supergraph',
    tiers: GENERAL,
  },
];
