import { type AttackCase, HARMLESS, type Names, REFUSED } from './case.ts';

type Variables = NonNullable<AttackCase['variables']>;
type Subgraph = AttackCase['subgraph'];

/** Every argument that takes text or an id, as the operation that fills it. */
const ARGUMENTS: readonly (readonly [Subgraph, name: string, query: string])[] = [
  ['relational', 'content(id)', 'query ($x: ID!) { content(id: $x) { id } }'],
  ['relational', 'user(id)', 'query ($x: ID!) { user(id: $x) { id } }'],
  ['relational', 'contentBySlug', 'query ($x: String!) { contentBySlug(slug: $x) { id } }'],
  ['relational', 'titleContains', 'query ($x: String) { contents(filter: { titleContains: $x }) { nodes { title } } }'],
  ['relational', 'tags', 'query ($x: String!) { contents(filter: { tags: [$x] }) { nodes { title } } }'],
  ['relational', 'authorId', 'query ($x: ID) { contents(filter: { authorId: $x }) { nodes { title } } }'],
  ['relational', 'contents(after)', 'query ($x: String) { contents(after: $x) { nodes { title } } }'],
  ['relational', 'searchContents', 'query ($x: String!) { searchContents(text: $x) { edges { highlight } } }'],
  ['content', 'events(contentId)', 'query ($x: ID) { events(filter: { contentId: $x }) { nodes { properties } } }'],
  ['content', 'events(userId)', 'query ($x: ID) { events(filter: { userId: $x }) { nodes { properties } } }'],
  ['content', 'events(after)', 'query ($x: String) { events(after: $x) { nodes { properties } } }'],
  ['knowledge', 'topic(id)', 'query ($x: ID!) { topic(id: $x) { name } }'],
  ['knowledge', 'topicBySlug', 'query ($x: String!) { topicBySlug(slug: $x) { name } }'],
  ['knowledge', 'shortestPath', 'query ($x: ID!) { shortestPath(from: $x, to: $x) { steps { name } } }'],
  ['knowledge', 'topics(after)', 'query ($x: String) { topics(after: $x) { nodes { name } } }'],
];

/** Text that is a statement to whoever takes it for one. */
const INJECTIONS: readonly (readonly [id: string, text: (their: Names) => string])[] = [
  ['PG-11', () => "' OR 1=1 --"],
  ['PG-11', ({ tenantId }) => `'; SELECT set_config('app.tenant', '${tenantId}', true); SELECT * FROM contents; --`],
  ['PG-11', ({ tenantId }) => `$1) OR tenant_id = '${tenantId}'::uuid --`],
  ['PG-11', () => '" OR ""="'],
  ['MG-01', () => '{"$ne":null}'],
  ['MG-01', () => '.*'],
  ['MG-03', () => '"; return true; //'],
  ['MG-08', () => `(${'a+'.repeat(20)})+$${'a'.repeat(200)}!`],
  ['NJ-01', () => '"}) MATCH (n) RETURN n //'],
  ['NJ-01', () => "' OR true OR '"],
  ['NJ-01', ({ tenantId }) => `\\u0027 SET n.tenantId = '${tenantId}' //`],
  ['NJ-01', () => '`) MATCH (m) RETURN m //'],
];

/** For names of cases. */
const NOBODY = { tenantId: '…' } as Names;

/** A statement in place of a value stays a value. */
export const INJECTED: readonly AttackCase[] = INJECTIONS.flatMap(([id, text], at) =>
  ARGUMENTS.filter((_, index) => index % 3 === at % 3).map(([subgraph, name, query]) => ({
    ...{ id, subgraph, query, must: HARMLESS },
    name: `${text(NOBODY).slice(0, 40)} as ${name}`,
    variables: ((their) => ({ x: text(their) })) satisfies Variables,
  })),
);

const refused = (id: string, subgraph: Subgraph, name: string, query: string, variables: Variables): AttackCase => ({
  ...{ id, subgraph, name, query, variables },
  must: REFUSED,
});

const FILTER = 'query ($f: EventFilter) { events(filter: $f) { nodes { properties } } }';
const CONTENTS = 'query ($f: ContentFilter) { contents(filter: $f) { nodes { title } } }';
const RECORD = 'mutation ($i: RecordEventInput!) { recordEvent(input: $i) { recorded } }';
const UPDATE = 'mutation ($id: ID!, $i: UpdateContentInput!) { updateContent(id: $id, input: $i) { content { id } } }';
const CREATE = 'mutation ($i: CreateContentInput!) { createContent(input: $i) { content { id } } }';
const SORTED = 'query ($s: ContentSort) { contents(sort: $s) { nodes { title } } }';
const EVENT = { kind: 'SEARCH', idempotencyKey: 'a-key-of-the-inputs' };

/** An object where a value belongs, or a field that no input has, is refused before any store is asked. */
export const SHAPES: readonly AttackCase[] = [
  ...[{ $ne: null }, { $gt: '' }, { $in: ['x'] }, { $regex: '.*' }, ['x', 'y']].map((operator) =>
    refused('MG-01', 'content', `${JSON.stringify(operator)} as an id`, FILTER, () => ({ f: { contentId: operator } })),
  ),
  refused('MG-02', 'content', 'a filter that names a tenant', FILTER, ({ tenantId }) => ({ f: { tenantId } })),
  refused('MG-02', 'content', 'a filter with $or', FILTER, ({ tenantId }) => ({ f: { $or: [{ tenantId }] } })),
  refused('MG-02', 'content', 'a filter with a dotted key', FILTER, ({ tenantId }) => ({
    f: { 'tenantId.x': tenantId },
  })),
  refused('MG-03', 'content', 'a filter with $where', FILTER, () => ({ f: { $where: 'true' } })),
  refused('PG-10', 'relational', 'a filter over the author’s fields', CONTENTS, ({ canary }) => ({
    f: { author: { email: { startsWith: canary } } },
  })),
  refused('PG-10', 'relational', 'a filter that names a tenant', CONTENTS, ({ tenantId }) => ({ f: { tenantId } })),
  refused('PG-04', 'relational', 'createContent for its tenant', CREATE, ({ tenantId }) => ({
    i: { title: 'x', body: 'x', tenantId },
  })),
  refused('PG-05', 'relational', 'updateContent into its tenant', UPDATE, ({ tenantId }, own) => ({
    id: own.contentId,
    i: { tenantId },
  })),
  refused('PG-06', 'relational', 'updateContent that connects its author', UPDATE, ({ userId }, own) => ({
    id: own.contentId,
    i: { author: { connect: { id: userId } } },
  })),
  refused('PG-06', 'relational', 'createContent with its person as author', CREATE, ({ userId }) => ({
    i: { title: 'x', body: 'x', authorId: userId },
  })),
  refused('MG-09', 'content', 'recordEvent with an update operator', RECORD, ({ tenantId }) => ({
    i: { ...EVENT, $set: { tenantId } },
  })),
  refused('MG-09', 'content', 'recordEvent for its tenant', RECORD, ({ tenantId }) => ({ i: { ...EVENT, tenantId } })),
  refused('MG-10', 'content', 'recordEvent of several tenants at once', RECORD, ({ tenantId }) => ({
    i: [EVENT, { ...EVENT, tenantId }],
  })),
  refused('MG-07', 'relational', 'sorting by a field that is not offered', SORTED, () => ({ s: 'IMPORT_HASH' })),
  refused(
    'MG-07',
    'content',
    'a field that is not offered',
    '{ events { nodes { idempotencyKey tenantId } } }',
    () => ({}),
  ),
  refused('AU-06', 'relational', 'the hash of a key', '{ apiKeys { hash } }', () => ({})),
  refused(
    'NJ-04',
    'knowledge',
    'a filter over relations',
    '{ topics(where: { contents: { some: { id: "x" } } }) { totalCount } }',
    () => ({}),
  ),
  refused('NJ-04', 'knowledge', 'an aggregate', '{ topicsAggregate { count } }', () => ({})),
  refused('MG-08', 'content', 'a property nested too deep', RECORD, () => ({
    i: { ...EVENT, properties: nested(2_000) },
  })),
  refused('MG-08', 'content', 'properties of a megabyte', RECORD, () => ({
    i: { ...EVENT, properties: { a: 'x'.repeat(900_000) } },
  })),
];

function nested(levels: number): unknown {
  let value: unknown = 'x';
  for (let level = 0; level < levels; level += 1) value = { a: value };
  return value;
}
