import { setTimeout as sleep } from 'node:timers/promises';
import { administrate } from './administration.ts';
import { createIdeas } from './ideas.ts';
import { learnAlone } from './learning.ts';
import { publishAround } from './publishing.ts';
import { remember } from './remembering.ts';
import type { TestTenant } from './tenants.ts';

/** What a tenant holds after `populate`: an id of every kind there is. */
export interface Population {
  readonly contentIds: readonly string[];
  readonly topicIds: readonly string[];
  readonly keywordIds: readonly string[];
  /** A concept, an audience and two competitors, of whom one covers a topic that the tenant lacks. */
  readonly ideaIds: readonly string[];
  readonly eventIds: readonly string[];
  /** Suggestions of models, all accepted. */
  readonly optimizationIds: readonly string[];
  /** A file of each document. */
  readonly attachmentIds: readonly string[];
  readonly memoryIds: readonly string[];
  /** Of the first memory. */
  readonly executionContextId: string;
  readonly offloadedIds: readonly string[];
  readonly cursors: readonly string[];
}

/** Fills a tenant through the API, with its canary in every text, and waits until every store has it. */
export async function populate(tenant: TestTenant, documents = 4): Promise<Population> {
  const owner = tenant.as('OWNER');
  const run = async <T>(query: string, variables: Record<string, unknown> = {}): Promise<T> => {
    const { data, errors } = await owner.query(query, variables);
    if (errors.length > 0 || !data) throw new Error(JSON.stringify(errors));
    return data as T;
  };
  const contentIds: string[] = [];
  const eventIds: string[] = [];
  const optimizationIds: string[] = [];
  for (let number = 0; number < documents; number += 1) {
    const { createContent } = await run<{ createContent: { content: { id: string } } }>(CREATE, {
      input: inputOf(tenant, number),
    });
    const { id } = createContent.content;
    contentIds.push(id);
    await run(UPDATE, { id, input: { body: bodyOf(tenant, number, 'The second version') } });
    if (number > 0) await run(PUBLISH, { id });
  }
  await untilFresh(tenant);
  const ideaIds = [...(await createIdeas(tenant, contentIds)), await createRival(run, tenant.canary)];
  for (const contentId of contentIds) {
    const { recordEvent } = await run<{ recordEvent: { event: { id: string } } }>(RECORD, {
      input: {
        kind: 'VIEW',
        contentId,
        idempotencyKey: `${tenant.canary}-${contentId}`,
        properties: { note: `${tenant.canary} ${tenant.secret}` },
      },
    });
    eventIds.push(recordEvent.event.id);
    optimizationIds.push(await suggestAndAccept(run, tenant, contentId));
  }
  const attachmentIds = await publishAround(run, tenant, contentIds);
  await administrate(run, tenant, contentIds);
  await learnAlone(run, tenant);
  const remembered = await remember(run, tenant);
  const found = await run<Found>(FIND);
  await describeIdeas(run, tenant.canary, contentIds[0], found.topics.nodes);
  return {
    contentIds,
    ideaIds,
    eventIds,
    optimizationIds,
    attachmentIds,
    ...remembered,
    topicIds: found.topics.nodes.map(({ id }) => id),
    keywordIds: found.keywords.nodes.map(({ id }) => id),
    cursors: [found.topics, found.keywords, found.contents, found.events].flatMap(
      ({ pageInfo }) => pageInfo.endCursor ?? [],
    ),
  };
}

type Run = <T>(query: string, variables?: Record<string, unknown>) => Promise<T>;

async function createRival(run: Run, canary: string): Promise<string> {
  const variables = { competitor: `${canary} rival`, topics: [`${canary} gap`, 'shared topic'] };
  const { coverTopics } = await run<{ coverTopics: { competitor: { id: string } } }>(COVER, variables);
  return coverTopics.competitor.id;
}

/** What only mutations of the graph say: degrees, ratings, and one topic below another. */
async function describeIdeas(
  run: Run,
  canary: string,
  contentId: string | undefined,
  topics: readonly { readonly id: string }[],
): Promise<void> {
  await run(TARGET, { id: contentId, audiences: [{ name: `${canary} readers`, fit: 0.7 }] });
  await run(MENTION, { id: contentId, concepts: [{ name: 'shared topic', salience: 0.3 }] });
  await run(RATE, { keywords: [{ name: canary, volume: 1_000, difficulty: 30 }] });
  const [parent, ...children] = topics;
  for (const child of children.slice(0, 2)) await run(MOVE, { topic: child.id, parent: parent?.id });
}

/** A model is used for the document, suggests something, and the suggestion is accepted. */
async function suggestAndAccept(run: Run, { canary, secret }: TestTenant, contentId: string): Promise<string> {
  const idempotencyKey = `${canary}-${contentId}`;
  const usage = { idempotencyKey, contentId, model: canary, tokensIn: 10, tokensOut: 5, costMicros: 7 };
  await run(RECORD_USAGE, { input: usage });
  const suggestion = {
    aspect: 'TITLE',
    suggestion: `${canary} ${secret}`,
    reason: secret,
    scoreBefore: 1,
    scoreAfter: 2,
  };
  const { recordOptimization } = await run<{ recordOptimization: { optimization: { id: string } } }>(SUGGEST, {
    input: { idempotencyKey, contentId, model: canary, ...suggestion },
  });
  const { id } = recordOptimization.optimization;
  await run(ACCEPT, { id });
  return id;
}

/** Resolves when nothing of the tenant waits in the outbox. */
export async function untilFresh(tenant: TestTenant): Promise<void> {
  const began = performance.now();
  while (performance.now() - began < FRESH_WITHIN_MS) {
    const { data } = await tenant.as('OWNER').query('{ freshness { fresh } }');
    const states = (data?.freshness ?? []) as readonly { fresh: boolean }[];
    if (states.length > 0 && states.every(({ fresh }) => fresh)) return;
    await sleep(50);
  }
  throw new Error('The projections of the tenant did not become fresh within a minute.');
}

/** A store that has just started plans its first statements slowly. */
const FRESH_WITHIN_MS = 60_000;

interface Page {
  readonly nodes: readonly { readonly id: string }[];
  readonly pageInfo: { readonly endCursor: string | null };
}
type Found = Readonly<Record<'topics' | 'keywords' | 'contents' | 'events', Page>>;

const bodyOf = ({ canary, secret }: TestTenant, number: number, version: string): string =>
  `# ${canary}\n\nThe body of document ${number} of ${canary} ${secret}, shared words: graph tenant isolation.\n\n${version}.`;

const inputOf = (tenant: TestTenant, number: number) => ({
  ...ideasOf(tenant, number),
  title: `${tenant.canary} document ${number}`,
  summary: `Summary of ${tenant.canary} ${tenant.secret}`,
  body: bodyOf(tenant, number, 'The first version'),
});

const ideasOf = ({ canary, secret }: TestTenant, number: number) => ({
  tags: [canary, 'shared-tag', ...(number === 1 ? [secret] : [])],
  licence: canary,
  topics: [
    { name: `${canary} topic`, relevance: 0.9 },
    { name: 'shared topic', relevance: 0.5 },
    // What one document alone is about is suggested for the others.
    ...(number === 0 ? [{ name: `${canary} extra`, relevance: 0.7 }] : []),
  ],
  keywords: [canary, 'shared-keyword', ...(number === 1 ? [`${secret} keyword`] : [])],
});

const CREATE = 'mutation ($input: CreateContentInput!) { createContent(input: $input) { content { id } } }';
const UPDATE =
  'mutation ($id: ID!, $input: UpdateContentInput!) { updateContent(id: $id, input: $input) { content { id } } }';
const PUBLISH = 'mutation ($id: ID!) { publishContent(id: $id) { content { id } } }';
const RECORD = 'mutation ($input: RecordEventInput!) { recordEvent(input: $input) { event { id } } }';
const RECORD_USAGE = 'mutation ($input: RecordModelUsageInput!) { recordModelUsage(input: $input) { recorded } }';
const SUGGEST =
  'mutation ($input: RecordOptimizationInput!) { recordOptimization(input: $input) { optimization { id } } }';
const ACCEPT = 'mutation ($id: ID!) { acceptOptimization(id: $id) { optimization { id } } }';
const COVER =
  'mutation ($competitor: String!, $topics: [String!]!) { coverTopics(competitor: $competitor, topics: $topics) { competitor { id } } }';
const TARGET =
  'mutation ($id: ID!, $audiences: [AudienceFitInput!]!) { targetAudiences(contentId: $id, audiences: $audiences) { content { id } } }';
const MENTION =
  'mutation ($id: ID!, $concepts: [ConceptSalienceInput!]!) { mentionConcepts(contentId: $id, concepts: $concepts) { content { id } } }';
const RATE = 'mutation ($keywords: [KeywordRatingInput!]!) { rateKeywords(keywords: $keywords) { keywords { id } } }';
const MOVE = 'mutation ($topic: ID!, $parent: ID) { moveTopic(topicId: $topic, parentId: $parent) { topic { id } } }';
const FIND = `{
  topics { nodes { id } pageInfo { endCursor } }
  keywords { nodes { id } pageInfo { endCursor } }
  contents { nodes { id } pageInfo { endCursor } }
  events { nodes { id } pageInfo { endCursor } }
}`;
