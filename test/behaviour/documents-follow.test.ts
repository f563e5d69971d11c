import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDocumentKeeper, type DocumentKeeperOptions } from '#operations/moves/documents';
import { createLogger } from '#platform/log';
import { openMongo, type TenantMongo } from '#stores/mongo/index';
import { placesOf, type Where } from '#stores/mongo/places/record';
import { moveTenant } from '#stores/postgres/move/index';
import type { Tier } from '#tenancy/tiers';
import { eraseDocuments } from '#test/kit/documents';
import {
  mintTestContext,
  openTestMongo,
  TEST_DOCUMENT_KEYS,
  TEST_GRACE_MS,
  TEST_TIMINGS,
  type TestMongo,
  testLog,
} from '#test/kit/mongo';
import { openPostgresWorld, type PostgresTenant, type PostgresWorld } from '#test/kit/postgres';
import { TEST_SECRETS } from '#test/kit/secrets';

let postgres: PostgresWorld;
let mongo: TestMongo;
beforeAll(async () => {
  [postgres, mongo] = await Promise.all([openPostgresWorld(), openTestMongo()]);
});
afterAll(() => Promise.all([postgres.close(), mongo.close()]));

function settingsWith(MONGODB_URL: string): DocumentKeeperOptions['settings'] {
  return { DATABASE_URL: postgres.url, MONGODB_URL, POLYGRAPH_SECRETS: [...TEST_SECRETS] };
}

function keeper(options: Partial<DocumentKeeperOptions> = {}) {
  const settings = settingsWith(mongo.url);
  const { database } = mongo;
  const fine = { database, timings: TEST_TIMINGS, graceMs: TEST_GRACE_MS };
  return createDocumentKeeper({ settings, ...fine, log: testLog, ...options });
}

/** A tenant with one document, wherever new tenants have it. */
async function tenantOf(tier: Tier): Promise<{ tenant: PostgresTenant; documents: TenantMongo }> {
  const tenant = await postgres.tenant(randomUUID(), tier);
  const documents = mongo.tenant(tenant.id);
  const row = { contentId: randomUUID(), day: '2026-01-31', views: 7, clicks: 0, shares: 0, conversions: 0 };
  await documents.collection('content_daily').insertMany([row]);
  return { tenant, documents };
}

async function whereIs({ tenantId }: TenantMongo): Promise<Where> {
  const db = mongo.mongo.dangerouslyAsSystem('looks where documents are');
  return (await placesOf(db).findOne({ _id: tenantId }))?.where ?? 'shared';
}
const views = ({ collection }: TenantMongo) => collection('content_daily').find({}, { fields: ['views'], limit: 2 });
const moveTo = ({ id }: PostgresTenant, to: Tier) =>
  moveTenant({ url: postgres.url, secrets: TEST_SECRETS, tenantId: id, to, graceMs: 0 });

it('documents follow the tier, there and back, and those of others stay', { timeout: 60_000 }, async () => {
  const [{ tenant, documents }, other] = [await tenantOf('STANDARD'), await tenantOf('PREMIUM')];
  expect(await keeper().follow()).toEqual([]);
  await moveTo(tenant, 'ENTERPRISE');
  expect(await keeper().follow()).toEqual([tenant.id]);
  expect([await whereIs(documents), await whereIs(other.documents)]).toEqual(['own', 'shared']);
  await moveTo(tenant, 'STANDARD');
  expect(await keeper().follow()).toEqual([tenant.id]);
  expect([await whereIs(documents), await keeper().follow()]).toEqual(['shared', []]);
  expect([await views(documents), await views(other.documents)]).toEqual([[{ views: 7 }], [{ views: 7 }]]);
});

it('two keepers at once carry them once', { timeout: 60_000 }, async () => {
  const { tenant, documents } = await tenantOf('ENTERPRISE');
  const both = await Promise.all([keeper().follow(), keeper().follow()]);
  expect(both.flat()).toEqual([tenant.id]);
  expect(await views(documents)).toEqual([{ views: 7 }]);
});

it('leaves what its installation does not know alone, and what it may not make in the shared collections, and says so once', {
  timeout: 60_000,
}, async () => {
  const stranger = mongo.tenant();
  await mongo.move(stranger.tenantId, 'own');
  const { documents } = await tenantOf('ENTERPRISE');
  const admin = mongo.mongo.dangerouslyAsSystem('makes a user who may do little').client.db('admin');
  const user = `little_${randomUUID()}`;
  await admin.command({ createUser: user, pwd: 'password', roles: [{ role: 'readWrite', db: mongo.database }] });
  const url = Object.assign(new URL(mongo.url), { username: user, password: 'password' }).href;
  const lines: string[] = [];
  const log = createLogger({ to: { write: (line) => void lines.push(line) } });
  const { follow } = keeper({ settings: settingsWith(url), log });
  expect([await follow(), await follow()]).toEqual([[], []]);
  expect(lines.filter((line) => line.includes(documents.tenantId))).toHaveLength(1);
  await admin.command({ dropUser: user });
  expect([await whereIs(documents), await whereIs(stranger)]).toEqual(['shared', 'own']);
  expect(await views(documents)).toEqual([{ views: 7 }]);
});

it('`polygraph tenant move` takes rows and documents along, and shows what arrived', { timeout: 60_000 }, async () => {
  const { id, slug } = await postgres.tenant(randomUUID(), 'STANDARD');
  const products = openMongo({ url: mongo.url, keys: TEST_DOCUMENT_KEYS, timeoutMs: 15_000, log: testLog });
  const documents = products.forTenant(mintTestContext({ tenantId: id }));
  const row = { contentId: randomUUID(), day: '2026-01-31', views: 7, clicks: 0, shares: 0, conversions: 0 };
  await documents.collection('content_daily').insertMany([row]);
  const move = async (to: Tier) => {
    const env = { ...process.env, DATABASE_URL: postgres.url, POLYGRAPH_SECRETS: TEST_SECRETS.join(',') };
    const args = ['bin/polygraph.mjs', 'tenant', 'move', slug, '--to', to];
    return (await promisify(execFile)(process.execPath, args, { env })).stdout;
  };
  expect(await move('ENTERPRISE')).toMatch(/content_daily +1 [\s\S]*1 documents in \d+ passes/);
  const places = placesOf(products.dangerouslyAsSystem('looks where documents are'));
  expect(await places.findOne({ _id: id })).toMatchObject({ where: 'own', state: 'open' });
  expect(await move('STANDARD')).toContain('1 documents in');
  expect([await places.findOne({ _id: id }), await views(documents)]).toEqual([null, [{ views: 7 }]]);
  await eraseDocuments(products.dangerouslyAsSystem('the test is over'), id);
  await products.close();
});
