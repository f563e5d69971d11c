import helmet from '@fastify/helmet';
import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { playground } from '#gateway/delivery/playground/index';

const TENANT = {
  id: '11111111-1111-4111-8111-111111111111',
  slug: 'acme',
  tier: 'STANDARD',
  tokens: { owner: 'owner-token', editor: 'editor-token', viewer: 'viewer-token' },
  apiKey: 'a-key',
};
const EXAMPLE = { name: '01-x', title: 'Ends </script><script>alert(1)</script>', query: '{ a }', variables: {} };
const LOCAL: InjectOptions = { url: '/playground/session', headers: { host: '127.0.0.1:4000' } };

describe('the playground of a local demo', () => {
  let app: FastifyInstance;
  beforeAll(async () => {
    const demo = () => ({ tenants: [TENANT], platformAdmin: 'platform-token' });
    app = Fastify();
    await app.register(helmet);
    await app.register(playground({ examples: [EXAMPLE], demo }));
  });
  afterAll(() => app.close());

  test('is one page whose policy allows nothing from elsewhere and no script inside', async () => {
    const { body, headers } = await app.inject('/');
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self';");
    expect(body.match(/(?:src|href)="(?!\/playground\/assets\/|data:)[^"]*"/g)).toBeNull();
    expect(body).not.toContain('<script>alert');
    expect(body).not.toContain('token');
  });

  test('has assets that never change under their name', async () => {
    const [script = ''] = /\/playground\/assets\/[^"]+\.js/.exec((await app.inject('/')).body) ?? [];
    const answer = await app.inject({ url: script, headers: { 'accept-encoding': 'gzip' } });
    expect(answer.headers).toMatchObject({
      'content-encoding': 'gzip',
      'cache-control': expect.stringContaining('immutable'),
    });
    expect((await app.inject('/playground/assets/..%2f..%2findex.ts')).statusCode).toBe(404);
  });

  test('gives a page of this machine the tenants’ tokens, and never the platform’s', async () => {
    const answer = await app.inject(LOCAL);
    expect(answer.json()).toEqual({ tenants: [TENANT] });
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  test.each([
    ['another machine', { ...LOCAL, remoteAddress: '10.0.0.7' }],
    ['a name rebound to this machine', { ...LOCAL, headers: { host: 'evil.example:4000' } }],
    ['another site’s page', { ...LOCAL, headers: { host: '127.0.0.1:4000', 'sec-fetch-site': 'cross-site' } }],
    ['another origin', { ...LOCAL, headers: { host: '127.0.0.1:4000', origin: 'http://127.0.0.1:9999' } }],
    ['a proxy', { ...LOCAL, headers: { host: '127.0.0.1:4000', 'x-forwarded-for': '203.0.113.9' } }],
  ] satisfies [string, InjectOptions][])('gives %s no token', async (_who, request) => {
    const answer = await app.inject(request);
    expect(answer.statusCode).toBe(404);
    expect(answer.body).not.toContain('token');
  });
});

test('without a demo there is no session to ask for', async () => {
  const app = Fastify();
  await app.register(playground({ examples: [] }));
  expect((await app.inject(LOCAL)).statusCode).toBe(404);
  expect((await app.inject('/')).body).toContain('"demo":false');
  await app.close();
});

test('while the demo is being made the session says to come back', async () => {
  const app = Fastify();
  await app.register(playground({ examples: [], demo: () => Promise.reject(new Error('no file yet')) }));
  const answer = await app.inject(LOCAL);
  expect([answer.statusCode, answer.headers['retry-after'], answer.body]).toEqual([503, '1', '']);
  await app.close();
});
