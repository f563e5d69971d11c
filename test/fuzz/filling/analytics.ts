import type { TestTenant } from '#test/kit/tenants';
import type { RunField } from './run.ts';

/** Events with values, on two days, in the order of a funnel; a document that waits to be published. */
export async function fillAnalytics(
  run: RunField,
  { canary }: TestTenant,
  [first, ...others]: readonly string[],
): Promise<void> {
  const hour = 3_600_000;
  for (const [number, kind] of ['VIEW', 'CLICK', 'SHARE', 'CONVERSION', 'VIEW', 'CLICK'].entries()) {
    const at = new Date(Date.now() - (number < 4 ? 30 - number : 6 - number) * hour).toISOString();
    const idempotencyKey = `${canary}-series-${number}`;
    await run(RECORD, { input: { kind, contentId: others[0], at, idempotencyKey, value: number + 0.5 } });
  }
  await run(SCHEDULE, { id: first, at: new Date(Date.now() + 30 * 24 * hour).toISOString() });
}

const RECORD = 'mutation ($input: RecordEventInput!) { recordEvent(input: $input) { recorded } }';
const SCHEDULE = 'mutation ($id: ID!, $at: DateTime!) { schedulePublication(id: $id, at: $at) { content { id } } }';
