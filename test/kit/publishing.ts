import type { TestTenant } from './tenants.ts';

type Run = <T>(query: string, variables?: Record<string, unknown>) => Promise<T>;

/**
 * What the owner of a tenant does around its documents: attaches a file to each, schedules the first, sets what models may
 * cost, and records what was measured.
 * @returns ids of the attachments
 */
export async function publishAround(
  run: Run,
  { canary, secret }: TestTenant,
  contentIds: readonly string[],
): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const contentId of contentIds) {
    const input = { contentId, filename: `${canary}.txt`, contentType: 'text/plain' };
    const { beginAttachment } = await run<{ beginAttachment: { id: string } }>(BEGIN, { input });
    const { id } = beginAttachment;
    await run(APPEND, { id, data: Buffer.from(`${canary} ${secret}`).toString('base64') });
    await run(COMPLETE, { id });
    ids.push(id);
  }
  const inMonths = new Date(Date.now() + 300 * 86_400_000).toISOString();
  await run(SCHEDULE, { id: contentIds[0], at: inMonths });
  await run(BUDGET, { input: { period: 'MONTH', limitMicros: 1 } });
  const inputs = contentIds.map((contentId, at) => ({
    ...{ kind: 'CLICK', contentId, value: at + 0.5, idempotencyKey: `${canary}-measured-${at}` },
    properties: { note: secret },
  }));
  await run(RECORD, { inputs });
  return ids;
}

const BEGIN = 'mutation ($input: BeginAttachmentInput!) { beginAttachment(input: $input) { id } }';
const APPEND = 'mutation ($id: ID!, $data: String!) { appendToAttachment(id: $id, offset: 0, data: $data) { length } }';
const COMPLETE = 'mutation ($id: ID!) { completeAttachment(id: $id) { attachment { id } } }';
const SCHEDULE = 'mutation ($id: ID!, $at: DateTime!) { schedulePublication(id: $id, at: $at) { position } }';
const BUDGET = 'mutation ($input: SetModelBudgetInput!) { setModelBudget(input: $input) { budget { period } } }';
const RECORD = 'mutation ($inputs: [RecordEventInput!]!) { recordEvents(inputs: $inputs) { outcomes { recorded } } }';
