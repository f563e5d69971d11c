import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SmallGateway, startSmallGateway } from '../../kit/gateway.ts';

let gateway: SmallGateway;
beforeAll(async () => {
  gateway = await startSmallGateway();
});
afterAll(() => gateway?.stop());

test('a tenant that is closed is answered like one that never existed', async () => {
  const { query, tenantId } = await gateway.as('OWNER');
  gateway.directory.tenants.set(tenantId, { id: tenantId, slug: 'gone', tier: 'STANDARD', status: 'CLOSED' });
  const closed = await query('{ viewer { id } }');
  const other = await gateway.as('OWNER');
  gateway.directory.tenants.delete(other.tenantId);
  const unknown = await other.query('{ viewer { id } }');
  expect(closed.errors[0]?.extensions.code).toBe('TENANT_UNKNOWN');
  expect([closed.status, closed.data, closed.errors]).toEqual([unknown.status, unknown.data, unknown.errors]);
});
