import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { GridFSBucket } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectDocument } from '#operations/projections/documents';
import { PART_BYTES, removeUnfinished } from '#stores/mongo/attachments';
import { contentSaved, createContentCaller, openTestMongo, type TestMongo } from '#test/kit/mongo';

let world: TestMongo;
let ask: ReturnType<typeof createContentCaller>;
const tenantId = randomUUID();
const contentId = randomUUID();
beforeAll(async () => {
  world = await openTestMongo();
  ask = createContentCaller(world.mongo);
  await projectDocument(world.tenant(tenantId), contentSaved(contentId, 1, 'A body.'));
});
afterAll(() => world.close());

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const run = async (
  query: string,
  variables: Record<string, unknown>,
  who = tenantId,
): Promise<Readonly<Record<string, unknown>>> => {
  const { data, errors } = await ask({ tenantId: who }, query, variables);
  return { ...data, code: errors?.[0]?.extensions?.code, message: errors?.[0]?.message };
};
const begin = async (input: object, who = tenantId): Promise<string> => {
  const { beginAttachment, message } = await run(
    BEGIN,
    { input: { contentId, filename: 'a.png', contentType: 'image/png', ...input } },
    who,
  );
  return (beginAttachment as { id: string } | null)?.id ?? `refused: ${message}`;
};
const append = (id: string, bytes: Buffer, offset = 0, who = tenantId) =>
  run(APPEND, { id, offset, data: bytes.toString('base64') }, who);
const upload = async (bytes: Buffer, input: object = {}): Promise<string> => {
  const id = await begin(input);
  for (let offset = 0; offset < bytes.length; offset += PART_BYTES) {
    await append(id, bytes.subarray(offset, offset + PART_BYTES), offset);
  }
  return id;
};
const held = async () => {
  const storage = await world.tenant(tenantId).collection('attachment_storage').findOne({}, ['bytes']);
  const chunks = await world.tenant(tenantId).collection('fs.chunks').count({});
  return [storage?.bytes ?? 0, chunks];
};
const listed = async (who = tenantId) => {
  const keys = [{ __typename: 'Content', id: contentId }];
  const { _entities } = await run(LIST, { keys }, who);
  return (_entities as { attachments: { id: string }[] | null }[])[0]?.attachments?.map(({ id }) => id);
};

describe('an attachment', () => {
  test('is the bytes that were sent, seen when it is complete, and readable by any tool of GridFS', async () => {
    const bytes = Buffer.concat([PNG, randomBytes(PART_BYTES + 5_000)]);
    const id = await upload(bytes, { filename: '../../täst\u202Egnp.exe .png', contentType: 'image/png; x=1' });
    expect(await run(ONE, { id })).toMatchObject({ attachment: null });
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const facts = { id, filename: 'tästgnp.exe .png', contentType: 'image/png', bytes: bytes.length, sha256 };
    expect((await run(COMPLETE, { id })).completeAttachment).toMatchObject({ attachment: facts });
    expect((await run(ONE, { id })).attachment).toMatchObject({ ...facts, path: `/attachments/${id}` });
    const parts = await Promise.all([0, PART_BYTES, 2 * PART_BYTES].map((offset) => run(PART, { id, offset })));
    const read = Buffer.concat(parts.map(({ attachmentPart }) => Buffer.from(String(attachmentPart), 'base64')));
    expect(read.equals(bytes)).toBe(true);
    const bucket = new GridFSBucket(world.mongo.dangerouslyAsSystem('reads with the driver’s own bucket'));
    const chunks = await bucket.openDownloadStream(`${tenantId}/${id}` as never).toArray();
    expect(Buffer.concat(chunks as Buffer[]).equals(bytes)).toBe(true);
  });

  test('leaves nothing behind when it is deleted, or was begun and left', async () => {
    const before = await held();
    const [done, left] = [await upload(PNG), await upload(PNG)];
    await run(COMPLETE, { id: done });
    expect(await held()).toEqual([(before[0] ?? 0) + 2 * PNG.length, (before[1] ?? 0) + 2]);
    expect(await run(DELETE, { id: done })).toMatchObject({ deleteAttachment: { deleted: true } });
    expect(await removeUnfinished(world.tenant(tenantId), new Date(Date.now() - 60_000))).toBe(0);
    expect(await removeUnfinished(world.tenant(tenantId), new Date(Date.now() + 1))).toBe(1);
    expect(await held()).toEqual(before);
    expect(await run(DELETE, { id: left })).toMatchObject({ code: 'NOT_FOUND' });
  });

  test.each([
    ['HTML that says it is an image', 'image/png', Buffer.from('<script>alert(1)</script>')],
    ['an image that says it is a text', 'text/plain', PNG],
    ['a text with control characters', 'text/plain', Buffer.from('a\u0001b')],
    ['what is no UTF-8', 'text/csv', Buffer.from([0x61, 0xff, 0xfe])],
    ['one image for another', 'image/jpeg', PNG],
  ])('is not %s', async (_, contentType, bytes) => {
    const id = await begin({ contentType });
    expect(await append(id, bytes)).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await run(COMPLETE, { id })).toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  test.each(['text/html', 'image/svg+xml', 'application/zip', 'x'])('is not of type %s', async (contentType) => {
    expect(await begin({ contentType })).toContain('`contentType` is one of');
  });

  test('has no hole, no second end and no more bytes than its tier allows', async () => {
    const id = await upload(PNG);
    for (const offset of [0, PART_BYTES, PNG.length]) {
      expect(await append(id, PNG, offset)).toMatchObject({ code: 'CONFLICT' });
    }
    expect(await append(id, PNG, 25_000_000)).toMatchObject({ code: 'REQUEST_TOO_LARGE' });
    expect(await run(APPEND, { id, offset: 0, data: 'A'.repeat(1_400_000) })).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    await run(COMPLETE, { id });
    expect(await append(id, PNG, PNG.length)).toMatchObject({ code: 'CONFLICT' });
  });

  test('counts for what the tenant may hold, also when several come at once', async () => {
    const who = randomUUID();
    await projectDocument(world.tenant(who), contentSaved(contentId, 1, 'A body.'));
    const storage = world.tenant(who).collection('attachment_storage');
    const almost = 20_000_000_000 - PNG.length * 2;
    await storage.upsertMany([{ key: { name: 'attachments' }, update: { inc: { bytes: almost } } }]);
    const ids = await Promise.all([1, 2, 3, 4].map(() => begin({}, who)));
    const codes = await Promise.all(ids.map(async (id) => (await append(id, PNG, 0, who)).code));
    expect(codes.filter((code) => code === 'QUOTA_EXCEEDED')).toHaveLength(2);
    expect(await storage.findOne({}, ['bytes'])).toEqual({ bytes: 20_000_000_000 });
  });

  test('MG-12 is nobody’s but its tenant’s, whatever id another names', async () => {
    const id = await upload(PNG);
    const [stranger, nobodys] = [randomUUID(), randomUUID()];
    await projectDocument(world.tenant(stranger), contentSaved(contentId, 1, 'A body.'));
    const tries = (target: string) => [
      append(target, PNG, 0, stranger),
      run(COMPLETE, { id: target }, stranger),
      run(ONE, { id: target }, stranger),
      run(PART, { id: target, offset: 0 }, stranger),
      run(DELETE, { id: target }, stranger),
    ];
    expect(await Promise.all(tries(id))).toEqual(await Promise.all(tries(nobodys)));
    expect(await listed(stranger)).toEqual([]);
    await run(COMPLETE, { id });
    expect(await Promise.all(tries(id))).toEqual(await Promise.all(tries(nobodys)));
    expect(await listed()).toContain(id);
    expect(await begin({ contentId: randomUUID() })).toContain('There is no document');
  });
});

const BEGIN = 'mutation ($input: BeginAttachmentInput!) { beginAttachment(input: $input) { id } }';
const APPEND =
  'mutation ($id: ID!, $offset: Int!, $data: String!) { appendToAttachment(id: $id, offset: $offset, data: $data) { length } }';
const FACTS = 'id filename contentType bytes sha256 path';
const COMPLETE = `mutation ($id: ID!) { completeAttachment(id: $id) { attachment { ${FACTS} } } }`;
const DELETE = 'mutation ($id: ID!) { deleteAttachment(id: $id) { deleted } }';
const ONE = `query ($id: ID!) { attachment(id: $id) { ${FACTS} } }`;
const PART = 'query ($id: ID!, $offset: Int!) { attachmentPart(id: $id, offset: $offset) }';
const LIST = 'query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on Content { attachments { id } } } }';
