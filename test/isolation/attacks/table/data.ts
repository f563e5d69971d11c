import { type Attack, absent, GENERAL, HANDLE } from './attack.ts';

/** What is tried on data at rest: ciphertext, audit, backups and quotas. */
export const DATA_ATTACKS: readonly Attack[] = [
  {
    id: 'CR-01',
    attack: 'move ciphertext between rows, columns, tables, tenants and versions of a key',
    must: 'decryption fails',
    sent: 'the envelope; in the tables: ME-01 to ME-04',
    tiers: GENERAL,
  },
  {
    id: 'CR-02',
    attack: 'alter ciphertext, cut its tag',
    must: 'decryption fails; the same text is sealed differently each time',
    sent: 'the envelope',
    tiers: GENERAL,
  },
  {
    id: 'CR-03',
    attack: 'rotate keys, break off in between',
    must: 'all rows can be read, resumable',
    sent: HANDLE,
    tiers: 'STANDARD',
  },
  ...absent('A key goes with its tenant, and erasure of a tenant is not built yet.', {
    'CR-04': ['delete a tenant’s key', 'every encrypted field of it is unreadable'],
  }),
  {
    id: 'AL-01',
    attack: 'change, delete, reorder or cut off rows of the audit, as the database’s owner',
    must: 'verification names the first bad row; a cut is found by the anchor outside',
    sent: 'PostgreSQL, as superuser',
    tiers: 'STANDARD, PREMIUM, ENTERPRISE',
  },
  {
    id: 'AL-02',
    attack: 'many write to the audit at once',
    must: 'one unbroken chain a tenant',
    sent: HANDLE,
    tiers: 'STANDARD',
  },
  ...absent('Export, erasure and backup of a tenant are not built yet.', {
    'GD-01': ['an export that holds another’s, or misses own data', 'exactly the own data'],
    'GD-02': ['erase a tenant', 'nothing of it is left; others are unchanged'],
    'GD-03': ['restore a tenant’s backup', 'others are unchanged'],
    'GD-04': ['a forged backup, or one of another tenant', 'refused'],
  }),
  {
    id: 'QT-01',
    attack: '200 creations at once, at the limit',
    must: 'exactly as many as there is room for',
    sent: HANDLE,
    tiers: 'STANDARD',
  },
];
