import type { TestTenant } from '#test/kit/tenants';
import type { RunField } from './run.ts';

/** A rating of what a competitor alone covers, and a document that speaks of what another one is about. */
export async function fillIdeas(run: RunField, { canary }: TestTenant, [, second]: readonly string[]): Promise<void> {
  await run(RATE, { keywords: [{ name: `${canary} gap`, volume: 500, difficulty: 40 }] });
  await run(MENTION, { id: second, concepts: [{ name: `${canary} extra`, salience: 0.4 }] });
}

const RATE = 'mutation ($keywords: [KeywordRatingInput!]!) { rateKeywords(keywords: $keywords) { keywords { id } } }';
const MENTION = `mutation ($id: ID!, $concepts: [ConceptSalienceInput!]!) {
  mentionConcepts(contentId: $id, concepts: $concepts) { content { id } } }`;
