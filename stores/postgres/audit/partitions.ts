import { type AuditAccess, inEachPlace } from './places.ts';

/**
 * Makes the partitions of this month and the next ones wherever they are missing.
 * @returns how many it made, in all places together
 */
export async function makePartitionsAhead(access: AuditAccess, months = 3): Promise<number> {
  let made = 0;
  await inEachPlace(access, async (client) => {
    const { rows } = await client.query<{ made: boolean }>(
      `SELECT made FROM generate_series(0, $1::int) AS ahead,
       LATERAL (SELECT (now() + make_interval(months => ahead))::date AS month) AS next,
       LATERAL (VALUES (make_month_partition('audit_log', month)), (make_month_partition('tenant_metrics', month))) AS done (made)`,
      [months],
    );
    made += rows.filter((row) => row.made).length;
  });
  return made;
}
