import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projectDocument } from '#operations/projections/documents';
import { careForTenant } from '#operations/upkeep/care';
import { beginAttachment } from '#stores/mongo/attachments';
import { setBudget } from '#stores/mongo/budgets';
import { utcDay } from '#stores/mongo/days';
import { recordEvents } from '#stores/mongo/events';
import type { TenantMongo } from '#stores/mongo/index';
import { recordUsage } from '#stores/mongo/usage';
import { keepVersion } from '#stores/mongo/versions';
import type { OutboxEvent } from '#stores/postgres/outbox';
import { contentDeleted, contentSaved, openTestMongo, type TestMongo } from '#test/kit/mongo';
import { openPostgresWorld, type PostgresWorld } from '#test/kit/postgres';

let postgres: PostgresWorld;
let world: TestMongo;
beforeAll(async () => {
  [postgres, world] = await Promise.all([openPostgresWorld(), openTestMongo()]);
});
afterAll(() => Promise.all([postgres.close(), world.close()]));

const POLICY = {
  analyticsDays: 92,
  archiveDays: 200,
  versions: 2,
  versionsDays: 30,
  deletedFilesDays: 30,
  uploadMs: 600_000,
};
const DAY = 86_400_000;
const inDays = (days: number): Date => new Date(Date.now() + days * DAY);
const care = (mongo: TenantMongo, now: Date) => careForTenant({ mongo, postgres: postgres.a.handle }, POLICY, now);
const draft = (contentId: string, revision: number, body?: string): OutboxEvent => {
  const event = contentSaved(contentId, revision, body);
  return { ...event, payload: { ...event.payload, status: 'DRAFT' } } as OutboxEvent;
};
const versionsOf = async (mongo: TenantMongo) => {
  const rows = await mongo.collection('content_versions').find({}, { fields: ['number'], limit: 100 });
  return rows.map(({ number }) => number).sort();
};

test('old versions of drafts leave; the newest, young, published and restored ones stay, and so do those of others', async () => {
  const [mine, other] = [world.tenant(postgres.a.id), world.tenant(postgres.b.id)];
  const contentId = await postgres.a.document();
  for (const mongo of [mine, other]) {
    for (const number of [1, 2, 3]) await projectDocument(mongo, draft(contentId, number, `Body ${number}`));
    await projectDocument(mongo, contentSaved(contentId, 4));
    for (const number of [4, 5, 6]) await projectDocument(mongo, draft(contentId, number + 1, `Body ${number}`));
    await keepVersion(mongo, contentId, 2);
  }
  await postgres.superuser('insert into content_storage values ($1, $2, 36)', [postgres.a.id, contentId]);
  expect(await care(mine, inDays(29))).toMatchObject({ prunedVersions: 0 });
  expect(await care(mine, inDays(31))).toMatchObject({ prunedVersions: 2, more: false });
  expect([await versionsOf(mine), await versionsOf(other)]).toEqual([
    [2, 3, 5, 6],
    [1, 2, 3, 4, 5, 6],
  ]);
  const storage = await postgres.superuser('select bytes::int from content_storage where content_id = $1', [contentId]);
  expect(storage).toEqual([{ bytes: 36 - 2 * 'Body 1'.length }]);
});

test('files leave with their document when it can no longer come back, and so do those that were begun and left', async () => {
  const [mine, other] = [world.tenant(postgres.a.id), world.tenant(postgres.b.id)];
  const contentId = randomUUID();
  const file = () => ({ id: randomUUID(), contentId, filename: 'a.png', contentType: 'image/png' });
  for (const mongo of [mine, other]) {
    await projectDocument(mongo, contentSaved(contentId, 1, 'A body.'));
    const stored = file();
    await beginAttachment(mongo, stored);
    await mongo.collection('fs.files').updateOne({}, { set: { state: 'STORED' } });
    await beginAttachment(mongo, file());
  }
  expect(await care(mine, new Date(Date.now() + 60_000))).toMatchObject({ removedFiles: 0 });
  expect(await care(mine, new Date(Date.now() + 700_000))).toMatchObject({ removedFiles: 1 });
  await projectDocument(mine, contentDeleted(contentId, 2));
  expect(await care(mine, inDays(29))).toMatchObject({ removedFiles: 0 });
  expect(await care(mine, inDays(31))).toMatchObject({ removedFiles: 1 });
  expect([await mine.collection('fs.files').count({}), await other.collection('fs.files').count({})]).toEqual([0, 2]);
});

test('events move into the archive, and out of it, when their time is over', async () => {
  const [mine, other] = [world.tenant(postgres.a.id), world.tenant(postgres.b.id)];
  const event = () => ({
    kind: 'VIEW' as const,
    at: new Date(),
    contentId: randomUUID(),
    idempotencyKey: randomUUID(),
  });
  for (const mongo of [mine, other]) await recordEvents(mongo, [event(), event()]);
  expect(await care(mine, inDays(92))).toMatchObject({ archivedEvents: 0 });
  expect(await care(mine, inDays(93))).toMatchObject({ archivedEvents: 2, droppedArchives: 0 });
  expect(await mine.collection('analytics_archives').findOne({}, ['day', 'events'])).toEqual({
    day: utcDay(new Date()),
    events: 2,
  });
  expect(await care(mine, inDays(201))).toMatchObject({ droppedArchives: 1 });
  const left = [mine, other].flatMap((mongo) => [
    mongo.collection('analytics_events').count({}),
    mongo.collection('content_daily').count({}),
  ]);
  expect(await Promise.all(left)).toEqual([0, 2, 2, 2]);
});

test('alerts of budgets come into the audit and the changes of their tenant, each once', async () => {
  const mongo = world.tenant(postgres.a.id);
  await setBudget(mongo, { period: 'DAY', limitMicros: 10, warnPercent: 50, setAt: new Date() }, utcDay(new Date()));
  const use = { model: 'm', principalKind: 'service', principalId: 'test', tokensIn: 1, tokensOut: 1 } as const;
  await recordUsage(mongo, [{ ...use, costMicros: 11, at: new Date(), idempotencyKey: randomUUID() }]);
  const both = await Promise.all([care(mongo, new Date()), care(mongo, new Date())]);
  expect(both.reduce((sum, { toldAlerts }) => sum + toldAlerts, 0)).toBeGreaterThanOrEqual(2);
  expect(await care(mongo, new Date())).toMatchObject({ toldAlerts: 0 });
  const told = await postgres.superuser(
    `select severity, metadata ->> 'level' as level, tenant_id as tenant from audit_log where action = 'usage.budget_alert' order by 1`,
  );
  expect(told).toEqual([
    { severity: 'CRITICAL', level: 'EXCEEDED', tenant: postgres.a.id },
    { severity: 'WARNING', level: 'WARNING', tenant: postgres.a.id },
  ]);
  const noticed = await postgres.superuser(
    `select o.payload ->> 'level' as level, tenant_id as tenant from outbox o where o.kind = 'budget.alert' order by 1`,
  );
  expect(noticed).toEqual(['EXCEEDED', 'WARNING'].map((level) => ({ level, tenant: postgres.a.id })));
});
