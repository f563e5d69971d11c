import { type Attack, HANDLE } from './attack.ts';

/** What is tried on the documents of MongoDB. */
export const MONGO_ATTACKS: readonly Attack[] = [
  {
    id: 'MG-01',
    attack: 'an operator in place of a value',
    must: 'refused, or taken as text',
    sent: HANDLE,
    tiers: 'STANDARD',
  },
  {
    id: 'MG-02',
    attack: 'a filter that names a tenant, or ids of another tenant',
    must: 'the tenant of the handle holds; nothing found',
    sent: HANDLE,
    tiers: 'STANDARD',
  },
  { id: 'MG-03', attack: '$where, $function, $expr with code', must: 'refused', sent: HANDLE, tiers: 'STANDARD' },
  {
    id: 'MG-04',
    attack: '$lookup, $unionWith, $graphLookup, inside of $facet',
    must: 'there is no place for a stage',
    sent: HANDLE,
    tiers: 'STANDARD',
  },
  { id: 'MG-05', attack: '$out, $merge', must: 'refused', sent: HANDLE, tiers: 'STANDARD' },
  {
    id: 'MG-06',
    attack: '$geoNear or $search as first stage',
    must: 'the tenant’s match stays first',
    sent: HANDLE,
    tiers: 'STANDARD',
  },
  {
    id: 'MG-07',
    attack: 'sort by or project what is not offered',
    must: 'refused',
    sent: HANDLE,
    tiers: 'STANDARD',
  },
  { id: 'MG-08', attack: 'evil patterns, deep documents, huge values', must: 'a clear error, or text' },
  { id: 'MG-09', attack: 'update operators from input', must: 'refused', sent: HANDLE, tiers: 'STANDARD' },
  {
    id: 'MG-10',
    attack: 'one foreign document among many',
    must: 'the whole call is refused',
    sent: HANDLE,
    tiers: 'STANDARD',
  },
  { id: 'MG-11', attack: 'cursors of another tenant', must: 'own rows, or an error' },
  {
    id: 'MG-12',
    attack: 'guess ids and idempotency keys',
    must: 'null; they collide with nothing',
    sent: HANDLE,
    tiers: 'STANDARD',
  },
  { id: 'MG-13', attack: 'counts and averages', must: 'of the own documents only', sent: HANDLE, tiers: 'STANDARD' },
  {
    id: 'MG-14',
    attack: '__proto__ and constructor as keys',
    must: 'refused; no prototype changes',
    sent: HANDLE,
    tiers: 'STANDARD',
  },
];
