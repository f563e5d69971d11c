import { APP, type Attack } from './attack.ts';

const SUBGRAPH = 'the subgraph, signed';

/** What is tried in a world in which tenants share memories with each other. */
export const SHARING_ATTACKS: readonly Attack[] = [
  {
    id: 'SH-01',
    attack: 'read more than a rule names: other memories, tags, relationships, titles of the context',
    must: 'exactly what is shared, and its relationships among itself',
    sent: SUBGRAPH,
    tiers: 'STANDARD',
  },
  {
    id: 'SH-02',
    attack: 'meet what is shared on the normal road: lists, counts, search, neighbours, walks, `_entities`',
    must: 'as if nothing were shared; another’s id is “not found”',
    sent: SUBGRAPH,
    tiers: 'STANDARD',
  },
  {
    id: 'SH-03',
    attack: 'read before accepting, after the end, without access, for another purpose, as another tenant',
    must: 'nothing from the next request on',
    sent: SUBGRAPH,
    tiers: 'STANDARD',
  },
  {
    id: 'SH-04',
    attack: 'share a STRICT context, or go on sharing one that becomes STRICT',
    must: 'refused; every rule of it is ended for good',
    sent: SUBGRAPH,
    tiers: 'STANDARD',
  },
  {
    id: 'SH-05',
    attack: 'learn of other tenants by offering, answering, ending and listing',
    must: 'the same answer for tenants that are and are not; nobody else’s rules; both audits tell it',
    sent: SUBGRAPH,
    tiers: 'STANDARD',
  },
  {
    id: 'SH-10',
    attack: 'set the purpose and read as the role that serves requests',
    must: 'own rows only',
    sent: APP,
  },
  {
    id: 'SH-11',
    attack: 'take on the role of the way across',
    must: 'what is shared with this tenant, nothing of its own, nothing of others',
    sent: APP,
  },
  {
    id: 'SH-12',
    attack: 'read vectors, words or other tables in that role, or write in it',
    must: 'permission denied',
    sent: APP,
  },
  {
    id: 'SH-13',
    attack: 'insert a rule for a STRICT context, for another’s, for a former place; change or revive one',
    must: 'refused by the server',
    sent: APP,
  },
  {
    id: 'SH-14',
    attack: 'make a context STRICT under a rule in force, without the trigger',
    must: 'refused by the server',
    sent: 'SQL as a superuser',
  },
  {
    id: 'SH-15',
    attack: 'share from or with a place of one’s own',
    must: 'refused in words',
    sent: SUBGRAPH,
    tiers: 'PREMIUM, ENTERPRISE',
  },
  {
    id: 'SH-16',
    attack: 'move to another tier and back with rules given and taken',
    must: 'they are ended',
    tiers: 'all',
  },
];
