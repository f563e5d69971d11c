import { type AttackCase, LIKE_NOBODY, type Names } from './case.ts';

const sent = (id: string, query: string, variables: NonNullable<AttackCase['variables']>): AttackCase => ({
  ...{ id, name: query.replace(/^.*?\) \{ | \}$/g, ''), subgraph: 'relational', query, variables, must: LIKE_NOBODY },
});
const memory = ({ memoryId: id }: Names) => ({ id });
const context = ({ executionContextId: id }: Names) => ({ id });
const named = ({ canary: text }: Names) => ({ text });
const both = ({ memoryId: id }: Names, { memoryId: own }: Names) => ({ id, own });

/** What another tenant remembers is answered as what nobody does. */
export const MEMORY_READS: readonly AttackCase[] = [
  sent(
    'PG-01',
    'query ($id: ID!) { memory(id: $id) { content tags context { name } related(depth: 4) { depth } } }',
    memory,
  ),
  sent(
    'PG-01',
    'query ($id: ID!) { executionContext(id: $id) { name memoryCount project { name } memories { totalCount } } }',
    context,
  ),
  sent('PG-10', 'query ($id: ID!) { memories(filter: { contextId: $id }) { totalCount nodes { content } } }', context),
  sent('PG-10', 'query ($text: String!) { memories(filter: { tags: [$text] }) { totalCount } }', named),
  sent('PG-10', 'query ($text: String!) { searchMemories(text: $text) { score memory { content } } }', named),
  sent('PG-10', 'query ($id: ID!) { searchMemories(like: $id) { score parts { vector } } }', memory),
  sent('PG-10', 'query ($text: String!) { sharedMemories(purpose: $text) { nodes { id } } }', named),
];

/** A change to it fails as one to what nobody has. */
export const MEMORY_WRITES: readonly AttackCase[] = [
  sent('PG-03', 'mutation ($id: ID!) { updateMemory(id: $id, input: { relevanceScore: 0 }) { id } }', memory),
  sent('PG-03', 'mutation ($id: ID!) { deleteMemory(id: $id) { content } }', memory),
  sent(
    'PG-03',
    'mutation ($id: ID!) { updateExecutionContext(id: $id, input: { isolationLevel: SHARED }) { name } }',
    context,
  ),
  sent('PG-03', 'mutation ($id: ID!) { deleteExecutionContext(id: $id) { name } }', context),
  sent(
    'PG-07',
    'mutation ($id: ID!) { createMemory(input: { contextId: $id, kind: SEMANTIC, content: {} }) { id } }',
    context,
  ),
  sent(
    'PG-06',
    'mutation ($id: ID!, $own: ID!) { relateMemories(input: { fromId: $own, toId: $id, kind: SUPPORTS }) { kind } }',
    both,
  ),
  sent(
    'PG-06',
    'mutation ($id: ID!, $own: ID!) { unrelateMemories(fromId: $id, toId: $own, kind: SUPPORTS) { kind } }',
    both,
  ),
];
