import pg from 'pg';
import { ownPlaceOf, SHARED_SCHEMA, schemaOf, urlIn } from '#stores/postgres/placement';
import type { TestTenant } from '#test/kit/tenants';

/**
 * Says of the last change of a document that the graph gave it up. Nothing is given
 * up while all stores answer, so this is written past the product.
 * @param url of the superuser that owns the test's stores
 */
export async function buryDeadLetters(
  url: string,
  { id, tier }: Pick<TestTenant, 'id' | 'tier'>,
  contentIds: readonly string[],
): Promise<void> {
  const place = ownPlaceOf({ tenantId: id, tier });
  const schema = place ? schemaOf(place) : SHARED_SCHEMA;
  const client = new pg.Client({ connectionString: place ? urlIn(url, place) : url });
  await client.connect();
  try {
    const { rowCount } = await client.query(
      `UPDATE ${schema}.outbox_deliveries d SET state = 'dead', attempts = 5, last_error_code = 'BAD_USER_INPUT'
       WHERE tenant_id = $1 AND target = 'GRAPH' AND entity_id = ANY ($2) AND position =
         (SELECT max(position) FROM ${schema}.outbox_deliveries o
          WHERE o.tenant_id = $1 AND o.entity_id = d.entity_id AND o.target = d.target)`,
      [id, contentIds.slice(-2)],
    );
    if (rowCount !== 2) throw new Error(`${rowCount} deliveries of tenant ${id} were given up, not 2.`);
  } finally {
    await client.end();
  }
}
