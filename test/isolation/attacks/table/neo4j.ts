import { type Attack, GENERAL, HANDLE, NO_SUBSCRIPTIONS } from './attack.ts';

/** What is tried on the graph in Neo4j. */
export const NEO4J_ATTACKS: readonly Attack[] = [
  {
    id: 'NJ-01',
    attack: 'Cypher in every text argument',
    must: 'it is text',
    sent: 'subgraph in process',
    tiers: 'STANDARD',
  },
  {
    id: 'NJ-02',
    attack: 'walk from an own node to another tenant’s, also over planted relationships',
    must: 'the path ends at the tenant',
    sent: 'subgraph in process, handle of the store',
    tiers: 'STANDARD',
  },
  {
    id: 'NJ-03',
    attack: 'link, unlink or cover another tenant’s nodes',
    must: 'refused; its graph is unchanged',
    sent: 'subgraph in process',
    tiers: 'STANDARD',
  },
  {
    id: 'NJ-04',
    attack: 'aggregates, totals and filters over relations',
    must: 'of the own nodes only, or not offered',
    sent: 'subgraph in process',
    tiers: 'STANDARD',
  },
  {
    id: 'NJ-05',
    attack: 'properties of planted relationships between tenants',
    must: 'hidden',
    sent: 'subgraph in process',
    tiers: 'STANDARD',
  },
  {
    id: 'NJ-06',
    attack: 'full-text or vector index over all tenants',
    must: 'the graph has none',
    sent: 'catalogue of Neo4j',
    tiers: GENERAL,
  },
  {
    id: 'NJ-07',
    attack: '`none` in a rule (CVE-2026-92682)',
    must: 'no rule uses it',
    sent: 'type definitions',
    tiers: GENERAL,
  },
  {
    id: 'NJ-08',
    attack: 'top-level @cypher under @authentication of a type (CVE-2026-92681); nobody asks',
    must: 'neither is used; refused',
    sent: 'type definitions, subgraph in process',
    tiers: GENERAL,
  },
  {
    id: 'NJ-09',
    attack: 'a rule with several `jwt` conditions (CVE-2026-92683)',
    must: 'each rule has one',
    sent: 'type definitions',
    tiers: GENERAL,
  },
  {
    id: 'NJ-10',
    attack: 'a context whose tenant is a list, an object or null',
    must: 'no context, no handle',
    sent: HANDLE,
    tiers: GENERAL,
  },
  {
    id: 'NJ-11',
    attack: 'procedures, LOAD CSV, SHOW, USE',
    must: 'the guard does not send them',
    sent: HANDLE,
    tiers: GENERAL,
  },
  { id: 'NJ-12', attack: 'subscribe to another tenant’s nodes', must: 'no event', absent: NO_SUBSCRIPTIONS },
];
