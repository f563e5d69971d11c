import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readAnswer } from '../../kit/client.ts';
import { type SmallGateway, startSmallGateway } from '../../kit/gateway.ts';

/** Redis is away in these tests: this process counts alone, with a quarter of the points. */
const COST_PER_MINUTE = 400;
const ALLOWED = 100;

let gateway: SmallGateway;
beforeAll(async () => {
  gateway = await startSmallGateway({ settings: { COST_PER_MINUTE, MAX_OBJECTS: 50 } });
});
afterAll(() => gateway?.stop());

const post = async (token: string, body: object) =>
  readAnswer(
    await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'x-polygraph-trace': '1' },
      body: JSON.stringify(body),
    }),
  );
const costOf = (answer: { extensions: object }) => Reflect.get(answer.extensions, 'cost');
const query = '{ documents(first: 10) { title } }';

describe('G8 the budget of a tenant', () => {
  test('a dry run says the price, runs nothing and takes nothing', async () => {
    const { token } = await gateway.as('VIEWER');
    for (let times = 0; times < 3; times += 1) {
      const answer = await post(token, { query, extensions: { dryRun: true } });
      expect(answer.data).toBeNull();
      expect(answer.extensions.polygraph?.fetches).toBe(0);
      expect(costOf(answer)).toMatchObject({
        ...{ estimated: 20, objects: 10, queries: 1 },
        budget: { allowed: ALLOWED, remaining: ALLOWED },
      });
    }
  });

  test('what stores were not asked for is given back', async () => {
    const { token } = await gateway.as('VIEWER');
    for (let times = 0; times < 12; times += 1) {
      // These subgraphs have no store, so the operation costs a point and not its estimate of 20.
      expect(costOf(await post(token, { query }))).toMatchObject({ estimated: 20, actual: 1 });
    }
  });

  test('what is over the budget is refused with what is allowed, left and when to come back', async () => {
    const { token } = await gateway.as('VIEWER');
    const dear = `{ ${Array.from({ length: 11 }, (_, at) => `a${at}: documents(first: 1) { title }`).join(' ')} }`;
    const refused = await post(token, { query: dear });
    expect({ status: refused.status, ...refused.errors[0]?.extensions }).toMatchObject({
      ...{ status: 429, code: 'BUDGET_EXCEEDED', estimated: 121, allowed: ALLOWED, remaining: ALLOWED },
    });
    expect(refused.headers.get('retry-after')).toBe(String(refused.errors[0]?.extensions.retryAfterSeconds));
    expect((await post(token, { query })).errors).toEqual([]);
  });

  test('RD-07 a tenant spends its own', async () => {
    const [a, b] = [await gateway.as('VIEWER'), await gateway.as('VIEWER')];
    await post(a.token, { query });
    expect(costOf(await post(b.token, { query, extensions: { dryRun: true } })).budget.remaining).toBe(ALLOWED);
  });

  test('GW-08 lists within lists are refused by the product of their sizes', async () => {
    const { token } = await gateway.as('VIEWER');
    const nested = '{ documents(first: 9) { author { documents { title } } } }';
    const refused = await post(token, { query: nested });
    const facts = { code: 'LIMIT_EXCEEDED', limitOf: 'objects', limit: 50, found: 108 };
    expect(refused.errors[0]?.extensions).toMatchObject(facts);
  });
});
