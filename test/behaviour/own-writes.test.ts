import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '#test/kit/client';
import { untilFresh } from '#test/kit/population';
import { createTenant, type TestTenant } from '#test/kit/tenants';
import { useWorld, type World } from '#test/kit/world';

let world: World;
let tenant: TestTenant;
let owner: Client;
beforeAll(async () => {
  world = useWorld();
  tenant = await createTenant(world);
  owner = tenant.as('OWNER');
});

const CREATE = 'mutation ($input: CreateContentInput!) { createContent(input: $input) { position content { id } } }';
const inputOf = (body: string) => ({
  title: `Title ${randomUUID()}`,
  body,
  topics: [{ name: 'Physics' }],
  keywords: [],
});
interface Created {
  readonly createContent: { readonly position: string; readonly content: { readonly id: string } };
}
const create = async (body: string): Promise<Created['createContent']> => {
  const { data } = await owner.query(CREATE, { input: inputOf(body) });
  return (data as unknown as Created).createContent;
};
const SEEN = 'query ($id: ID!) { content(id: $id) { body topics { nodes { name } } } }';

describe('x-polygraph-after', () => {
  it('answers when every store has what the caller wrote', async () => {
    const { position, content } = await create('Read it at once.');
    const { data, errors } = await owner.query(SEEN, content, {
      'x-polygraph-after': position,
      'x-polygraph-wait-ms': '5000',
    });
    expect(errors).toEqual([]);
    expect(data).toEqual({
      content: { body: 'Read it at once.', topics: { nodes: [{ name: 'Physics' }] } },
    });
  });

  it('refuses with a code of its own what some store does not have in time', async () => {
    const { position } = await create('Not everywhere.');
    const headers = { 'x-polygraph-after': position, 'x-polygraph-wait-ms': '0' };
    const asked = await owner.query('{ tenant { id } }', {}, headers);
    // A relay is quick: what it had done already is an answer, too.
    if (asked.errors.length > 0) expect(asked.errors).toMatchObject([{ extensions: { code: 'NOT_VISIBLE_YET' } }]);
    await untilFresh(tenant);
    expect((await owner.query('{ tenant { id } }', {}, headers)).errors).toEqual([]);
  });

  it('says the same of another tenant’s change as of none, and what it takes', async () => {
    const { position } = await create('Mine.');
    const other = (await createTenant(world)).as('OWNER');
    const codeOf = async (client: Client, after: string, wait = '1') => {
      const headers = { 'x-polygraph-after': after, 'x-polygraph-wait-ms': wait };
      const { errors } = await client.query('{ tenant { id } }', {}, headers);
      return errors.map(({ message, extensions }) => `${String(extensions?.code)} ${message}`);
    };
    expect(await codeOf(other, position)).toEqual(await codeOf(other, randomUUID()));
    expect(await codeOf(other, position)).toMatchObject([expect.stringMatching(/BAD_USER_INPUT.*is not kept/)]);
    expect(await codeOf(owner, 'no-uuid')).toMatchObject([expect.stringContaining('BAD_USER_INPUT')]);
    expect(await codeOf(owner, position, '5001')).toEqual(['LIMIT_EXCEEDED `x-polygraph-wait-ms` is from 0 to 5000.']);
    expect(await codeOf(owner, Array(11).fill(position).join())).toMatchObject([expect.stringContaining('at most 10')]);
  });
});

describe('a document in all stores', () => {
  it('is answered when all have it, once for its key, and only to who may write', async () => {
    const mutation = `mutation ($input: CreateContentInput!, $key: String!) {
      createContentInAllStores(input: $input, idempotencyKey: $key, waitMs: 6000) {
        content { id body topics { nodes { name } } freshness { fresh } }
      }
    }`;
    const variables = { key: randomUUID(), input: inputOf('Everywhere.') };
    const first = await owner.query(mutation, variables);
    expect(first).toMatchObject({
      errors: [],
      data: {
        createContentInAllStores: {
          content: { body: 'Everywhere.', topics: { nodes: [{ name: 'Physics' }] } },
        },
      },
    });
    expect((await owner.query(mutation, variables)).data).toEqual(first.data);
    const { errors } = await owner.query(mutation, { ...variables, input: inputOf('Something else.') });
    expect(errors).toMatchObject([{ extensions: { code: 'CONFLICT' } }]);
    expect((await tenant.as('VIEWER').query(mutation, variables)).errors).toMatchObject([
      { extensions: { code: 'FORBIDDEN' } },
    ]);
  });
});
