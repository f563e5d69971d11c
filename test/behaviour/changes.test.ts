import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { createTenant, type TestTenant } from '#test/kit/tenants';
import { useWorld, type World } from '#test/kit/world';

let world: World;
let tenant: TestTenant;
beforeAll(async () => {
  world = useWorld();
  tenant = await createTenant(world);
});

interface Line {
  readonly cursor: string;
  readonly kind: string;
  readonly entityId: string;
  readonly payload: { readonly revision: number; readonly body?: string };
}
const ask = (query: string, signal: AbortSignal | null = null, by: TestTenant = tenant) =>
  fetch(`${world.url}/changes?${query}`, { headers: by.as('VIEWER').headers, signal });
const linesOf = (text: string): Line[] => text.split('\n').flatMap((line) => (line ? [JSON.parse(line) as Line] : []));
const read = async (query = ''): Promise<Line[]> => linesOf(await (await ask(query)).text());

const create = async (): Promise<string> => {
  const mutation = 'mutation ($input: CreateContentInput!) { createContent(input: $input) { content { id } } }';
  const { data } = await tenant.as('OWNER').query(mutation, { input: { title: randomUUID(), body: 'The body.' } });
  return (data as unknown as { createContent: { content: { id: string } } }).createContent.content.id;
};
/** A transaction that still runs somewhere on the server holds the newest changes back for a moment. */
const settled = (count: number, query = '') => expect.poll(() => read(query)).toHaveLength(count);

describe('GET /changes', () => {
  it('tells every change of the tenant in order, from the start or behind a cursor, with bodies where asked', async () => {
    const ids = [await create(), await create(), await create()];
    await settled(3);
    const all = await read();
    expect(all.map(({ entityId }) => entityId)).toEqual(ids);
    expect(all.map(({ payload }) => payload.body)).toEqual([undefined, undefined, undefined]);
    expect(await read(`after=${all[1]?.cursor}`)).toEqual(all.slice(2));
    expect((await read('bodies=true'))[0]?.payload.body).toBe('The body.');
  });

  it('stays and tells what comes, where asked to follow', async () => {
    const { cursor } = (await read()).at(-1) ?? {};
    const stop = new AbortController();
    const response = await ask(`follow=true&after=${cursor}`, stop.signal);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe('\n');
    const id = await create();
    expect(linesOf((await reader?.read())?.value ?? '')).toMatchObject([{ kind: 'content.saved', entityId: id }]);
    stop.abort();
  });

  it('tells nothing of another tenant, and refuses its cursors like those that never were', async () => {
    const [mine] = await read();
    const other = await createTenant(world);
    expect(await (await ask('', null, other)).text()).toBe('');
    const refusal = async (cursor = '') => {
      const response = await ask(`after=${cursor}`, null, other);
      return { status: response.status, body: await response.json() };
    };
    expect(await refusal(mine?.cursor)).toEqual(await refusal(randomUUID()));
    expect(await refusal(mine?.cursor)).toMatchObject({ status: 400 });
    expect((await fetch(`${world.url}/changes`)).status).toBe(401);
    expect((await ask('after=&nonsense=1')).status).toBe(400);
  });
});
