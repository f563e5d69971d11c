import { randomBytes, randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { beforeAll, describe, expect, test } from 'vitest';
import { populate } from '#test/kit/population';
import { createTenant, type TestTenant } from '#test/kit/tenants';
import { useWorld } from '#test/kit/world';

describe('files over HTTP', () => {
  const world = useWorld();
  let tenant: TestTenant;
  let contentId: string;
  beforeAll(async () => {
    tenant = await createTenant(world, 'FREE');
    contentId = (await populate(tenant, 2)).contentIds[1] ?? '';
  });

  const PDF = Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(2_500_000)]);
  type Facts = Readonly<Record<string, string>>;
  const post = async (
    bytes: Buffer,
    {
      contentType = 'application/pdf',
      as = tenant,
      query = {},
    }: { contentType?: string; as?: TestTenant; query?: Facts } = {},
  ) => {
    const asked = new URLSearchParams({ contentId, filename: 'Bericht «1».pdf', ...query });
    const headers = { ...as.credentials.OWNER, 'content-type': contentType };
    const response = await fetch(`${world.url}/attachments?${asked}`, {
      method: 'POST',
      headers,
      body: new Uint8Array(bytes),
    });
    const { attachment, errors } = (await response.json()) as {
      attachment?: { id: string; sha256: string };
      errors?: { extensions: { code: string } }[];
    };
    return { status: response.status, attachment, code: errors?.[0]?.extensions.code };
  };
  const get = (id: string, credentials: Facts) => fetch(`${world.url}/attachments/${id}`, { headers: credentials });
  const files = async () => {
    const { data } = await tenant
      .as('VIEWER')
      .query('query ($id: ID!) { content(id: $id) { attachments { id uploadedBy { id } } } }', { id: contentId });
    return (data?.content as { attachments: { id: string; uploadedBy: unknown }[] } | undefined)?.attachments ?? [];
  };

  const held = async () => {
    const { data } = await tenant.as('VIEWER').query('{ tenant { attachmentBytes } }');
    return (data?.tenant as { attachmentBytes: number } | undefined)?.attachmentBytes;
  };

  test('come back as they went, to be saved and not to be shown', async () => {
    const { status, attachment } = await post(PDF);
    expect(status).toBe(201);
    const response = await get(attachment?.id ?? '', tenant.credentials.VIEWER);
    expect(Buffer.from(await response.arrayBuffer()).equals(PDF)).toBe(true);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/pdf',
      'content-disposition': `attachment; filename="Bericht _1_.pdf"; filename*=UTF-8''Bericht%20%C2%AB1%C2%BB.pdf`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'private, no-store',
      etag: `"${attachment?.sha256}"`,
    });
    expect((await files())[0]).toEqual({ id: attachment?.id, uploadedBy: { id: tenant.userIds.OWNER } });
  });

  test('that cannot be taken leave nothing behind', async () => {
    const before = await files();
    const refused = [
      await post(Buffer.alloc(5_000_001, '%PDF-1.7 ')),
      await post(Buffer.from('no pdf')),
      await post(PDF, { contentType: 'text/html' }),
      await post(PDF, { query: { contentId: randomUUID() } }),
      await post(Buffer.alloc(0)),
    ];
    expect(refused.map(({ status, code }) => [status, code])).toEqual([
      [413, 'REQUEST_TOO_LARGE'],
      [400, 'BAD_USER_INPUT'],
      [400, 'BAD_USER_INPUT'],
      [404, 'NOT_FOUND'],
      [400, 'BAD_USER_INPUT'],
    ]);
    expect(await files()).toEqual(before);
  });

  test('of which the sender goes away in the middle are taken back', async () => {
    const [before, bytes] = [await files(), (await held()) ?? 0];
    const query = new URLSearchParams({ contentId, filename: 'half.pdf' });
    const headers = { ...tenant.credentials.OWNER, 'content-type': 'application/pdf', 'content-length': '4000000' };
    const sender = request(`${world.url}/attachments?${query}`, { method: 'POST', headers });
    sender.on('error', () => undefined).write(PDF.subarray(0, 2_200_000));
    await expect.poll(() => held(), { timeout: 20_000 }).toBeGreaterThan(bytes);
    sender.destroy();
    await expect.poll(() => held(), { timeout: 20_000 }).toBe(bytes);
    expect(await files()).toEqual(before);
  });

  test('MG-12 are nobody’s but their tenant’s', async () => {
    const [mine] = await files();
    const other = await createTenant(world);
    const answers = await Promise.all(
      [mine?.id ?? '', randomUUID()].map(async (id) => {
        const response = await get(id, other.credentials.OWNER);
        return [response.status, await response.text()];
      }),
    );
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]?.[0]).toBe(404);
    expect((await get(mine?.id ?? '', {})).status).toBe(401);
    expect(await post(PDF, { as: other })).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });
});
