import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tier } from '#tenancy/tiers';
import { type AuditWorld, openAuditWorld, writeHistory } from '#test/kit/audit';
import { openPostgresWorld, type PostgresTenant, type PostgresWorld } from '#test/kit/postgres';

/** What somebody with all rights on the database might do to hide a change, and what the verifier says of it. */
let world: PostgresWorld;
let audit: AuditWorld;
beforeAll(async () => {
  world = await openPostgresWorld();
  audit = await openAuditWorld(world);
});
afterAll(async () => {
  await audit.close();
  await world.close();
});

let made = 0;
async function tenantWithHistory(tier: Tier = 'STANDARD'): Promise<{ tenant: PostgresTenant; length: bigint }> {
  made += 1;
  const tenant = await world.tenant(`chained-${made}`, tier);
  await writeHistory(tenant);
  const { bad, rows } = await audit.verify(tenant);
  expect(bad).toBeUndefined();
  return { tenant, length: BigInt(rows) };
}

/** As whoever knows how hashes are made would do it: every row from there on fits again, and the head, too. */
const REWRITE = `DO $$ DECLARE r audit_log; prev text := repeat('0', 64); BEGIN
  FOR r IN SELECT * FROM audit_log WHERE tenant_id = $tenant ORDER BY seq LOOP
    prev := audit_digest(prev, r.tenant_id::text, r.seq::text,
      to_char(r.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), r.principal_kind, r.principal_id, r.action,
      r.operation, r.entity, r.entity_id, r.severity, r.before::text, r.after::text, r.metadata::text);
    UPDATE audit_log SET hash = prev, prev_hash = coalesce((SELECT hash FROM audit_log p
      WHERE p.tenant_id = r.tenant_id AND p.seq = r.seq - 1), repeat('0', 64)) WHERE tenant_id = r.tenant_id AND seq = r.seq;
  END LOOP;
  UPDATE audit_heads SET hash = prev WHERE tenant_id = $tenant;
END $$`;
const AT_4 = 'WHERE tenant_id = $tenant AND seq = 4';

describe.each(['STANDARD', 'PREMIUM', 'ENTERPRISE'] as const)('the chain of a %s tenant', (tier) => {
  it.each([
    ['an edit', `UPDATE audit_log SET principal_id = 'somebody else' ${AT_4}`, 4n, /was changed: its hash/],
    ['an edited value', `UPDATE audit_log SET after = '{"title": "Innocent"}' ${AT_4}`, 4n, /was changed: its hash/],
    ['an edit with a new hash', `UPDATE audit_log SET action = 'x', hash = repeat('a', 64) ${AT_4}`, 4n, /was changed/],
    ['a deletion', `DELETE FROM audit_log ${AT_4}`, 4n, /is missing/],
    [
      'a swap of two rows',
      `UPDATE audit_log SET seq = CASE seq WHEN 4 THEN 104 ELSE 4 END WHERE tenant_id = $tenant AND seq IN (4, 5);
       UPDATE audit_log SET seq = 5 WHERE tenant_id = $tenant AND seq = 104`,
      4n,
      /was changed/,
    ],
    [
      'a row twice',
      `INSERT INTO audit_log SELECT tenant_id, seq, at + '1 ms', principal_kind, principal_id, action,
       operation, entity, entity_id, severity, before, after, metadata, prev_hash, hash FROM audit_log ${AT_4}`,
      4n,
      /twice/,
    ],
    ['a first row that is gone', 'DELETE FROM audit_log WHERE tenant_id = $tenant AND seq = 1', 1n, /is missing/],
  ])('shows %s', async (_, statement, seq, why) => {
    const { tenant } = await tenantWithHistory(tier);
    await audit.tamper(tenant, statement);
    expect((await audit.verify(tenant)).bad).toEqual({ seq, why: expect.stringMatching(why) });
  });

  it('AL-01 shows a tail that was cut, by the head', async () => {
    const { tenant, length } = await tenantWithHistory(tier);
    await audit.tamper(tenant, `DELETE FROM audit_log WHERE tenant_id = $tenant AND seq > ${length - 2n}`);
    expect((await audit.verify(tenant)).bad).toEqual({ seq: length - 1n, why: expect.stringMatching(/the head says/) });
  });

  it('shows a tail that was cut with its head, by the anchor', async () => {
    const { tenant, length } = await tenantWithHistory(tier);
    await audit.anchor();
    await audit.tamper(
      tenant,
      `DELETE FROM audit_log WHERE tenant_id = $tenant AND seq > ${length - 2n}; ${HEAD_AGAIN}`,
    );
    expect((await audit.verify(tenant)).bad).toEqual({ seq: length - 1n, why: expect.stringMatching(/cut off/) });
  });

  it('AL-01 shows a chain that was written anew, by the anchor', async () => {
    const { tenant, length } = await tenantWithHistory(tier);
    await audit.anchor();
    await audit.tamper(tenant, `UPDATE audit_log SET after = '{"title": "Innocent"}' ${AT_4}; ${REWRITE}`);
    expect((await audit.verify(tenant)).bad).toEqual({ seq: length, why: expect.stringMatching(/written anew/) });
  });

  it('shows that all of it is gone', async () => {
    const { tenant, length } = await tenantWithHistory(tier);
    await audit.anchor();
    await audit.tamper(
      tenant,
      'DELETE FROM audit_log WHERE tenant_id = $tenant; DELETE FROM audit_heads WHERE tenant_id = $tenant',
    );
    const { bad } = await audit.verify(tenant);
    expect(bad).toEqual({ seq: 1n, why: expect.stringContaining(`whose row ${length} was anchored`) });
  });

  it('names a table whose trigger was switched off', async () => {
    const { tenant } = await tenantWithHistory(tier === 'STANDARD' ? 'PREMIUM' : tier);
    await audit.tamper(tenant, 'ALTER TABLE contents DISABLE TRIGGER audit_change');
    expect((await audit.verify(tenant)).silent).toEqual(['contents']);
  });
});

const HEAD_AGAIN = `UPDATE audit_heads h SET (seq, hash) = (
  SELECT seq, hash FROM audit_log l WHERE l.tenant_id = h.tenant_id ORDER BY seq DESC LIMIT 1) WHERE tenant_id = $tenant`;
