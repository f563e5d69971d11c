import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SmallGateway, startSmallGateway } from '../../kit/gateway.ts';

let gateway: SmallGateway;
beforeAll(async () => {
  gateway = await startSmallGateway();
});
afterAll(() => gateway?.stop());

test('an operation that others have asked before is refused to who lacks its scope', async () => {
  const auditor = await gateway.as('AUDITOR');
  const ask = async (token: string) => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: '{ audit { text } }' }),
    });
    return response.json();
  };
  for (let time = 0; time < 3; time += 1) {
    expect(await ask(auditor.token)).toEqual({ data: { audit: [{ text: 'seen' }] } });
  }
  const { token } = await gateway.as('VIEWER', auditor.tenantId);
  expect(await ask(token)).toMatchObject({
    errors: [{ message: 'audit needs the scope audit:read.', extensions: { code: 'FORBIDDEN' } }],
  });
});
