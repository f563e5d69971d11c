import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SmallGateway, startSmallGateway } from '../../kit/gateway.ts';

let gateway: SmallGateway;
beforeAll(async () => {
  gateway = await startSmallGateway();
});
afterAll(() => gateway?.stop());

test.each([
  ['a plain post', 'application/json'],
  ['a post that a framework reads', 'application/json; charset="utf-8"'],
])('the answer to %s is for its caller alone, refused or not', async (_, contentType) => {
  const { token } = await gateway.as('VIEWER');
  for (const authorization of [`Bearer ${token}`, 'Bearer none']) {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': contentType, authorization },
      body: '{"query":"{ viewer { id } }"}',
    });
    expect(response.headers.get('cache-control')).toBe('private, no-store');
    expect(await response.json()).toHaveProperty(authorization.endsWith('none') ? 'errors' : 'data');
  }
});
