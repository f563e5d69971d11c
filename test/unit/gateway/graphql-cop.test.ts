import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SmallGateway, startSmallGateway } from '../../kit/gateway.ts';

/**
 * The twelve checks of graphql-cop 1.15, restated: the same requests, and what
 * it takes for a finding must not be in the answer. Asked with credentials and
 * without, as it would be run.
 */
let gateway: SmallGateway;
let authorization: string;
const provider = createServer((_request, response) => response.end(JSON.stringify(gateway.issuer.jwks)));
beforeAll(async () => {
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  const { port } = provider.address() as AddressInfo;
  gateway = await startSmallGateway({
    settings: { NODE_ENV: 'production', JWT_JWKS_URL: `http://127.0.0.1:${port}/jwks` },
  });
  authorization = `Bearer ${(await gateway.as('OWNER')).token}`;
});
afterAll(async () => {
  await gateway?.stop();
  provider.closeAllConnections();
  provider.close();
});

interface Body {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message?: string; readonly extensions?: object }[];
  readonly extensions?: object;
}

async function ask(init: RequestInit & { path?: string }): Promise<Body> {
  const { path = '/graphql', headers, ...rest } = init;
  const response = await fetch(`${gateway.url}${path}`, {
    ...rest,
    headers: { authorization, ...(headers as Record<string, string> | undefined) },
  });
  const text = await response.text();
  return text.startsWith('{') || text.startsWith('[') ? (JSON.parse(text) as Body) : {};
}

const post = (body: unknown, headers: Record<string, string> = {}) =>
  ask({ method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
const INTROSPECTION = 'query cop { __schema { types { name fields { name } } } }';

describe('graphql-cop finds nothing', () => {
  test('field suggestions', async () => {
    const { errors = [] } = await post({ query: 'query cop { __schema { directive } viewr { id } }' });
    expect(errors.length).toBeGreaterThan(0);
    expect(JSON.stringify(errors)).not.toContain('Did you mean');
  });

  test('introspection', async () => expect((await post({ query: INTROSPECTION })).data).toBeUndefined());

  test.each(['/', '/graphiql', '/playground', '/console', '/graphql'])('an IDE at %s', async (path) => {
    const response = await fetch(`${gateway.url}${path}`, { headers: { accept: 'text/html' } });
    expect(await response.text()).not.toMatch(/graphiql|graphql playground/i);
  });

  test('queries by GET', async () => expect((await ask({ path: '/graphql?query={__typename}' })).data).toBeUndefined());

  test('mutations by GET', async () => {
    const path = `/graphql?query=${encodeURIComponent('mutation cop { __typename }')}`;
    expect((await ask({ path })).data).toBeUndefined();
  });

  test('aliases without end', async () => {
    const aliases = Array.from({ length: 101 }, (_, at) => `alias${at}: __typename`).join(' ');
    expect((await post({ query: `query cop { ${aliases} }` })).data).toBeUndefined();
  });

  test('batches', async () => {
    const answer = await post(Array.from({ length: 10 }, () => ({ query: 'query cop { __typename }' })));
    expect(Array.isArray(answer)).toBe(false);
    expect(answer.data).toBeUndefined();
  });

  test('a trace', async () => {
    const answer = await post({ query: 'query cop { __typename }' }, { 'x-apollo-tracing': '1' });
    expect(answer.extensions ?? {}).not.toHaveProperty('tracing');
    expect(JSON.stringify(answer)).not.toContain('duration');
  });

  test('directives without end', async () => {
    const { errors = [] } = await post({ query: `query cop { __typename ${'@aa'.repeat(10)} }` });
    expect(errors).toHaveLength(1);
  });

  test('circular introspection', async () => {
    const deep = `${'fields { type { '.repeat(4)}name${' } }'.repeat(4)}`;
    expect((await post({ query: `query cop { __schema { types { ${deep} } } }` })).data).toBeUndefined();
  });

  test('a form', async () => {
    const body = new URLSearchParams({ query: 'query cop { __typename }' });
    expect((await ask({ method: 'POST', body })).data).toBeUndefined();
  });

  test('errors that tell of exceptions', async () => {
    const { errors = [] } = await post({ query: 'qwerty cop { abc }' });
    expect(errors.length).toBeGreaterThan(0);
    expect(JSON.stringify(errors)).not.toMatch(/exception|stacktrace|node_modules/);
  });
});
