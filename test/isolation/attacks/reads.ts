import { type AttackCase, HARMLESS, LIKE_NOBODY, type Names } from './case.ts';

const DAY = 86_400_000;
const SPAN = {
  from: new Date(Date.now() - DAY).toISOString(),
  to: new Date(Date.now() + DAY).toISOString(),
};
const like = (
  id: string,
  name: string,
  subgraph: AttackCase['subgraph'],
  query: string,
  variables: NonNullable<AttackCase['variables']>,
): AttackCase => ({ id, name, subgraph, query, variables, must: LIKE_NOBODY });

const USER_BY_ID = 'query ($id: ID!) { user(id: $id) { id } }';

/** An id as other systems write it. */
const DISGUISES: Readonly<Record<string, (their: Names) => string>> = {
  'in upper case': ({ contentId }) => contentId.toUpperCase(),
  'in braces': ({ contentId }) => `{${contentId}}`,
  'as a URN': ({ contentId }) => `urn:uuid:${contentId}`,
  'with spaces': ({ contentId }) => ` ${contentId} `,
  'without dashes': ({ contentId }) => contentId.replaceAll('-', ''),
  'as a global id': ({ contentId }) => Buffer.from(`Content:${contentId}`).toString('base64'),
  'behind that of its tenant': ({ tenantId, contentId }) => `${tenantId}/${contentId}`,
};

/** A query for what the victim has is answered as one for what nobody has. */
export const READS: readonly AttackCase[] = [
  like(
    'MG-12',
    'attachment by id',
    'content',
    'query ($id: ID!) { attachment(id: $id) { filename sha256 } attachmentPart(id: $id, offset: 0) }',
    ({ attachmentId: id }) => ({ id }),
  ),
  like(
    'MG-13',
    'eventValues of its document',
    'content',
    'query ($id: ID!, $from: DateTime!, $to: DateTime!) { eventValues(from: $from, to: $to, contentId: $id) { count average percentiles { value } } }',
    ({ contentId: id }) => ({ id, ...SPAN }),
  ),
  like(
    'PG-01',
    'content by id',
    'relational',
    'query ($id: ID!) { content(id: $id) { id slug title summary tags licence source author { id name email } tenant { id name } } }',
    ({ contentId: id }) => ({ id }),
  ),
  like(
    'PG-01',
    'contentBySlug',
    'relational',
    'query ($slug: String!) { contentBySlug(slug: $slug) { id } }',
    ({ canary }) => ({ slug: `${canary}-document-1` }),
  ),
  like(
    'PG-01',
    'user by id',
    'relational',
    'query ($id: ID!) { user(id: $id) { id name email contents { totalCount } } }',
    ({ userId: id }) => ({ id }),
  ),
  like(
    'PG-01',
    'several of both tenants at once',
    'relational',
    'query ($a: ID!, $b: ID!) { a: content(id: $a) { title } b: content(id: $b) { id title } }',
    (their, own) => ({ a: own.contentId, b: their.contentId }),
  ),
  ...(['contentId', 'tenantId', 'topicId', 'canary'] as const).map((key) =>
    like('PG-01', `user with the id of another thing: ${key}`, 'relational', USER_BY_ID, (their) => ({
      id: their[key],
    })),
  ),
  like(
    'PG-10',
    'contents of its author',
    'relational',
    'query ($id: ID!) { contents(filter: { authorId: $id }) { totalCount nodes { id } pageInfo { hasNextPage } } }',
    ({ userId: id }) => ({ id }),
  ),
  ...[14, 20, 38].map((length) =>
    like(
      'PG-10',
      `contents whose title begins with ${length} characters of its name`,
      'relational',
      'query ($text: String!) { contents(filter: { titleContains: $text }, sort: TITLE_A_TO_Z) { totalCount nodes { title } } }',
      ({ canary }) => ({ text: canary.slice(0, length) }),
    ),
  ),
  like(
    'PG-10',
    'contents by its tag',
    'relational',
    'query ($tags: [String!]) { contents(filter: { tags: $tags }) { totalCount } }',
    ({ canary }) => ({ tags: [canary] }),
  ),
  like(
    'PG-10',
    'search for its words',
    'relational',
    'query ($text: String!) { searchContents(text: $text) { totalCount edges { score highlight node { id } } } }',
    ({ canary }) => ({ text: canary }),
  ),
  like(
    'MG-12',
    'events of its document',
    'content',
    'query ($id: ID!) { events(filter: { contentId: $id }) { nodes { id properties } pageInfo { hasNextPage } } }',
    ({ contentId: id }) => ({ id }),
  ),
  like(
    'MG-12',
    'events of its person',
    'content',
    'query ($id: ID!) { events(filter: { userId: $id }) { nodes { id } } }',
    ({ userId: id }) => ({ id }),
  ),
  like(
    'MG-13',
    'series of events of its document',
    'content',
    'query ($id: ID!, $from: DateTime!, $to: DateTime!) { eventSeries(from: $from, to: $to, contentId: $id, compare: PREVIOUS) { total previousTotal change points { events } } }',
    ({ contentId: id }) => ({ id, ...SPAN }),
  ),
  like(
    'MG-13',
    'funnel over its document',
    'content',
    'query ($id: ID!, $from: DateTime!, $to: DateTime!) { funnel(steps: [{ kind: VIEW, contentId: $id }, { kind: VIEW }], from: $from, to: $to) { steps { people share } } }',
    ({ contentId: id }) => ({ id, ...SPAN }),
  ),
  ...(['topic', 'keyword', 'concept', 'audience', 'competitor'] as const).map((field) =>
    like('NJ-02', `${field} by id`, 'knowledge', `query ($id: ID!) { ${field}(id: $id) { id name } }`, (their) => ({
      id: their[`${field}Id`],
    })),
  ),
  like(
    'NJ-02',
    'topic by slug',
    'knowledge',
    'query ($slug: String!) { topicBySlug(slug: $slug) { id contents { totalCount nodes { id } } } }',
    ({ canary }) => ({ slug: `${canary}-topic` }),
  ),
  like(
    'NJ-02',
    'path from an own document to its document',
    'knowledge',
    'query ($from: ID!, $to: ID!) { shortestPath(from: $from, to: $to) { steps { id name } } }',
    (their, own) => ({ from: own.contentId, to: their.contentId }),
  ),
  like(
    'NJ-02',
    'path between two things of it',
    'knowledge',
    'query ($from: ID!, $to: ID!) { shortestPath(from: $from, to: $to) { steps { id name } } }',
    (their) => ({ from: their.contentId, to: their.topicId }),
  ),
  ...Object.entries(DISGUISES).map(([name, disguise]) =>
    like('GW-16', `its id ${name}`, 'relational', 'query ($id: ID!) { content(id: $id) { id title } }', (their) => ({
      id: disguise(their),
    })),
  ),
  ...Object.entries(DISGUISES).map(([name, disguise]) =>
    like(
      'GW-16',
      `its id ${name}, as that of a topic`,
      'knowledge',
      'query ($id: ID!) { topic(id: $id) { id name } }',
      (their) => ({
        id: disguise(their),
      }),
    ),
  ),
];

/** Whatever a caller can list is its own. */
export const LISTS: readonly AttackCase[] = [
  {
    id: 'PG-09',
    name: 'counts and lists of PostgreSQL',
    subgraph: 'relational',
    query: `{ contents { totalCount } users { totalCount } tenant { id contentCount memberCount } viewer { tenant { id } }
      drafts: contents(filter: { status: DRAFT }) { totalCount } scheduled: contents(filter: { status: SCHEDULED }) { totalCount }
      tagged: contents(filter: { tags: ["shared-tag"] }) { totalCount }
      searchContents(text: "shared graph tenant isolation") { totalCount } }`,
    must: {
      kind: 'data',
      data: ({ tenantId: id }) => ({
        contents: { totalCount: 2 },
        users: { totalCount: 3 },
        tenant: { id, contentCount: 2, memberCount: 3 },
        viewer: { tenant: { id } },
        drafts: { totalCount: 0 },
        scheduled: { totalCount: 1 },
        tagged: { totalCount: 2 },
        searchContents: { totalCount: 2 },
      }),
    },
  },
  {
    id: 'MG-13',
    name: 'counts and lists of MongoDB',
    subgraph: 'content',
    query: `query ($from: DateTime!, $to: DateTime!) { events(first: 100) { pageInfo { hasNextPage } nodes { kind } }
      topContents { views } eventSeries(from: $from, to: $to) { total } funnel(steps: [{ kind: VIEW }, { kind: VIEW }], from: $from, to: $to) { steps { people } }
      modelUsage(from: $from, to: $to, by: MODEL) { model calls costMicros } }`,
    variables: () => SPAN,
    must: {
      kind: 'data',
      data: ({ canary: model }) => ({
        events: {
          pageInfo: { hasNextPage: false },
          nodes: [{ kind: 'CLICK' }, { kind: 'CLICK' }, { kind: 'VIEW' }, { kind: 'VIEW' }],
        },
        topContents: [{ views: 1 }, { views: 1 }],
        eventSeries: { total: 4 },
        funnel: { steps: [{ people: 1 }, { people: 1 }] },
        modelUsage: [{ model, calls: 2, costMicros: 14 }],
      }),
    },
  },
  {
    id: 'NJ-04',
    name: 'what both tenants call the same, counted',
    subgraph: 'knowledge',
    query:
      '{ topicBySlug(slug: "shared-topic") { name contentCount contents { totalCount } competitors { totalCount } } }',
    must: {
      kind: 'data',
      data: () => ({
        topicBySlug: {
          name: 'shared topic',
          contentCount: 2,
          contents: { totalCount: 2 },
          competitors: { totalCount: 2 },
        },
      }),
    },
  },
  {
    id: 'NJ-04',
    name: 'every list of the graph',
    subgraph: 'knowledge',
    query: `{ topics(first: 100) { totalCount nodes { id name related { topic { name } } } } keywords(first: 100) { totalCount nodes { id name } }
      concepts { nodes { id name } } audiences { nodes { id name } } competitors { nodes { id name gaps { topic { name } } } } }`,
    must: HARMLESS,
  },
];

const CURSOR_LISTS: Readonly<Record<string, readonly [subgraph: AttackCase['subgraph'], selection: string]>> = {
  contents: ['relational', 'id title'],
  users: ['relational', 'id email'],
  events: ['content', 'id properties'],
  topics: ['knowledge', 'id name'],
  keywords: ['knowledge', 'id name'],
};

/** A page after a place of the victim's is a page of one's own, or none. */
export function pagesAfter(cursors: readonly string[]): readonly AttackCase[] {
  return Object.entries(CURSOR_LISTS).flatMap(([field, [subgraph, selection]]) =>
    cursors.map((after, index) => ({
      id: 'MG-11',
      name: `${field} after its cursor ${index + 1}`,
      subgraph,
      query: `query ($after: String) { ${field}(after: $after) { nodes { ${selection} } } }`,
      variables: () => ({ after }),
      must: HARMLESS,
    })),
  );
}
