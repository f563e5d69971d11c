import { APP, type Attack } from './attack.ts';

const ADMINISTRATOR = 'an administrator of the database';

/** What is tried with encrypted memory by who can write the database and holds no key, and with vectors of others. */
export const MEMORY_ATTACKS: readonly Attack[] = [
  {
    id: 'ME-01',
    attack: 'an encrypted value put into another row of its tenant',
    must: 'does not open; the audit tells',
    sent: ADMINISTRATOR,
    tiers: 'STANDARD',
  },
  {
    id: 'ME-02',
    attack: 'rows and the wrapped data key copied to another tenant',
    must: 'neither opens',
    sent: ADMINISTRATOR,
    tiers: 'STANDARD',
  },
  {
    id: 'ME-03',
    attack: 'rows copied to another tenant that has the same data key',
    must: 'does not open',
    sent: ADMINISTRATOR,
    tiers: 'STANDARD',
  },
  {
    id: 'ME-04',
    attack: 'an encrypted value that names another version of the key',
    must: 'does not open',
    sent: ADMINISTRATOR,
    tiers: 'STANDARD',
  },
  {
    id: 'ME-05',
    attack: 'clear text written into an encrypted context',
    must: 'refused by the server, whoever writes it',
    sent: ADMINISTRATOR,
    tiers: 'STANDARD',
  },
  {
    id: 'ME-06',
    attack: 'read all tables, the audit and the outbox for a text of an encrypted context',
    must: 'found nowhere',
    sent: ADMINISTRATOR,
    tiers: 'STANDARD',
  },
  {
    id: 'ME-07',
    attack: 'more nearer vectors than a walk along the index passes over',
    must: 'everybody else gets as many of its own as it asks for, the nearest',
    sent: APP,
    tiers: 'STANDARD',
  },
];
