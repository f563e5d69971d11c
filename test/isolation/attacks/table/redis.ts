import { type Attack, GENERAL, HANDLE, THE_GATEWAY } from './attack.ts';

/** What is tried on the keys of Redis. */
export const REDIS_ATTACKS: readonly Attack[] = [
  { id: 'RD-01', attack: 'parts of keys that meet', must: 'no collision', sent: 'keys', tiers: GENERAL },
  {
    id: 'RD-02',
    attack: 'read what another tenant’s request put into a cache',
    must: 'a miss',
    sent: HANDLE,
    tiers: 'STANDARD',
  },
  {
    id: 'RD-03',
    attack: 'a cache filled before a permission was taken away',
    must: 'not served afterwards',
    sent: HANDLE,
    tiers: GENERAL,
  },
  {
    id: 'RD-04',
    attack: 'persisted queries with a wrong hash or of another',
    must: 'no answer by hash alone',
    sent: THE_GATEWAY,
    tiers: GENERAL,
  },
  {
    id: 'RD-05',
    attack: 'a session or key after it was revoked',
    must: 'refused',
    sent: 'identity',
    tiers: GENERAL,
  },
  {
    id: 'RD-06',
    attack: 'escape the rate by headers or aliases',
    must: 'counted by principal; aliases are limited',
    sent: THE_GATEWAY,
    tiers: GENERAL,
  },
  { id: 'RD-07', attack: 'spend another’s share', must: 'its counter is untouched', sent: HANDLE, tiers: 'STANDARD' },
  {
    id: 'RD-08',
    attack: 'commands that scan, evaluate, administer or name a key of another',
    must: 'a handle has none; the server refuses them to the login of an ENTERPRISE tenant',
    sent: 'handle of the store; Redis, with the login of the tenant',
    tiers: 'STANDARD, ENTERPRISE',
  },
  { id: 'RD-09', attack: 'CRLF and binary in keys and values', must: 'stored literally', sent: HANDLE, tiers: GENERAL },
  { id: 'RD-10', attack: 'Redis away', must: 'rates are counted here, nothing crosses', sent: HANDLE, tiers: GENERAL },
  {
    id: 'RD-11',
    attack: 'a tier that is reached as another',
    must: 'ENTERPRISE over a connection of the tenant’s own user, the others over the shared one',
    sent: HANDLE,
    tiers: 'all',
  },
  {
    id: 'RD-12',
    attack: 'a fault of ours that makes the keys of another tenant',
    must: 'the server refuses them, and nothing of the other is read or changed',
    sent: HANDLE,
    tiers: 'ENTERPRISE',
  },
];
