import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { utcDay } from '#stores/mongo/days';
import { count } from '#stores/mongo/index';
import { rebuildRollUps } from '#stores/mongo/rollups';
import { openTestMongo, type TestMongo } from '#test/kit/mongo';

let world: TestMongo;
beforeAll(async () => {
  world = await openTestMongo();
});
// Not dropped: what a killed client had begun still holds its locks, and the servers go with the run.
afterAll(() => world.mongo.close());

test.each([5, 17, 29])(
  'a process killed amid its writes leaves counts and versions that are right (after %i rounds)',
  async (rounds) => {
    const tenantId = randomUUID();
    const victim = spawn(process.execPath, ['--import', 'tsx', 'test/kit/mongo-victim.ts'], {
      env: { ...process.env, MONGODB_URL: world.url, DATABASE: world.database, TENANT: tenantId },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let done = 0;
    for await (const chunk of victim.stdout) {
      done += String(chunk).length;
      if (done >= rounds) break;
    }
    victim.kill('SIGKILL');
    if (victim.exitCode === null && victim.signalCode === null) await once(victim, 'exit');

    const mongo = world.tenant(tenantId);
    const today = utcDay(new Date());
    expect(await mongo.collection('analytics_events').count({})).toBeGreaterThanOrEqual(rounds * 3);
    expect(await rebuildRollUps(mongo, { from: today, to: today })).toBe(0);
    const documents = await mongo
      .collection('content_documents')
      .find({}, { fields: ['contentId', 'versionCount'], limit: 9 });
    const grouping = { where: {}, by: ['contentId'], compute: { versionCount: count() }, limit: 9 } as const;
    const versions = await mongo.collection('content_versions').group(grouping);
    const sorted = (rows: readonly { contentId: string }[]) =>
      [...rows].sort((a, b) => a.contentId.localeCompare(b.contentId));
    expect(sorted(versions)).toEqual(sorted(documents));
  },
);
