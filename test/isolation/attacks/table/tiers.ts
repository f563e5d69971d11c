import { type Attack, HANDLE } from './attack.ts';

/** What is tried across the places of tenants: rows, schemas, databases. */
export const TIERS_ATTACKS: readonly Attack[] = [
  {
    id: 'TI-01',
    attack: 'SQL of our own without a schema',
    must: 'runs in the tenant’s own place',
    sent: HANDLE,
    tiers: 'all',
  },
  {
    id: 'TI-02',
    attack: 'name another tenant’s schema, or the shared one',
    must: 'permission denied',
    sent: HANDLE,
    tiers: 'PREMIUM',
  },
  {
    id: 'TI-03',
    attack: 'slugs that would be names of schemas',
    must: 'names are made from UUIDs alone',
    sent: HANDLE,
    tiers: 'PREMIUM',
  },
  {
    id: 'TI-04',
    attack: 'connect to another tenant’s database',
    must: 'refused by the server',
    sent: 'PostgreSQL, as the tenant’s role',
    tiers: 'ENTERPRISE',
  },
  {
    id: 'TI-05',
    attack: 'change the tier under writes',
    must: 'no row lost, doubled or left behind',
    sent: HANDLE,
    tiers: 'all',
  },
  {
    id: 'TI-06',
    attack: 'a tier that is remembered too long',
    must: 'at most seconds, and never another’s place',
    sent: HANDLE,
    tiers: 'all',
  },
  {
    id: 'TI-07',
    attack: 'carry documents to and from a database of their own under writes',
    must: 'none lost, doubled or left behind',
    sent: HANDLE,
    tiers: 'ENTERPRISE',
  },
];
