import { type Attack, absent, HANDLE } from './attack.ts';

/** What is tried on data at rest: ciphertext, audit, backups and quotas. */
export const DATA_ATTACKS: readonly Attack[] = [
  ...absent('Fields are not encrypted yet.', {
    'CR-01': ['move or replay ciphertext between rows, fields and tenants', 'decryption fails'],
    'CR-02': ['alter ciphertext, cut its tag', 'decryption fails; no nonce twice'],
    'CR-03': ['rotate keys under writes, crash in between', 'all rows can be read, resumable'],
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
