import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createLocalIssuer, type LocalIssuer } from '#gateway/identity/local-issuer';
import { createClient, readAnswer } from '#test/kit/client';
import { expectRefusal, type Refusal } from '#test/kit/refusal';
import { useWorld } from '#test/kit/world';

describe('what is no good request', () => {
  const world = useWorld();
  const [tenant] = world.demo.tenants;
  if (!tenant) throw new Error('The demo has no tenant.');
  const endpoint = `${world.url}/graphql`;
  const VIEWER = '{ viewer { id } }';
  const token = tenant.tokens.viewer;
  const JSON_BY_TOKEN = { 'content-type': 'application/json', authorization: `Bearer ${token}` };

  const send = async (body: string, headers: Record<string, string> = JSON_BY_TOKEN, method = 'POST') =>
    readAnswer(await fetch(endpoint, { method, headers, ...(method === 'GET' ? {} : { body }) }));
  const json = (request: object) => send(JSON.stringify(request));

  afterEach(async () => {
    const { errors, data } = await createClient(endpoint, { authorization: `Bearer ${token}` }).query(VIEWER);
    expect({ errors, data }).toMatchObject({ errors: [], data: { viewer: { id: expect.any(String) } } });
  });

  describe('a body that is no operation', () => {
    const refusal = (says: Refusal['says'], status = 400): Refusal => ({ status, code: 'BAD_USER_INPUT', says });

    test.each<[string, string, Refusal]>([
      ['broken JSON', '{"query": ', refusal(['not JSON'])],
      ['nothing', '', refusal(['empty'])],
      ['null', 'null', refusal(['JSON object', '`query`'])],
      ['a text', '"{ viewer { id } }"', refusal(['JSON object', '`query`'])],
      ['an object without a query', '{}', refusal(['`query`'])],
      ['an empty query', '{"query":" "}', refusal(['`query`'])],
      ['a query that is a number', '{"query":5}', refusal(['`query`'])],
      ['variables that are a text', `{"query":"${VIEWER}","variables":"{}"}`, refusal(['`variables`'])],
      ['an operation name that is a number', `{"query":"${VIEWER}","operationName":5}`, refusal(['`operationName`'])],
      ['a key __proto__', `{"query":"${VIEWER}","variables":{"__proto__":{"a":1}}}`, refusal(['__proto__'])],
      ['a batch', `[{"query":"${VIEWER}"}]`, { status: 501, code: 'NOT_SUPPORTED', says: ['not a batch'] }],
    ])('as %s is refused', async (_, body, expected) => {
      expectRefusal(await send(body), expected);
    });

    test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/graphql'])('as %s', async (type) => {
      const answer = await send(VIEWER, { ...JSON_BY_TOKEN, 'content-type': type });
      expectRefusal(answer, refusal(['content-type: application/json'], 415));
    });

    test.each(['GET', 'PUT', 'DELETE', 'OPTIONS'])('by %s', async (method) => {
      expectRefusal(await send('{}', JSON_BY_TOKEN, method), refusal(['POST'], 405));
    });

    test('of 5 MB, which is answered although it was not read to its end', async () => {
      const answer = await json({ query: `#${'x'.repeat(5_000_000)}` });
      expectRefusal(answer, { status: 413, code: 'REQUEST_TOO_LARGE', says: ['2000000 bytes'] });
    });
  });

  describe('an operation', () => {
    const invalid = (...says: Refusal['says']): Refusal => ({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED', says });
    const unclear: Refusal = { status: 400, code: 'BAD_USER_INPUT', says: ['`operationName`'] };
    const unsupported = (...says: Refusal['says']): Refusal => ({ status: 501, code: 'NOT_SUPPORTED', says });
    const TWO = 'query A { viewer { id } } query B { viewer { id } }';

    test.each<[string, object, Refusal]>([
      [
        'with an unknown field',
        { query: '{ contents { nodes { titel } } }' },
        invalid('titel', 'Did you mean "title"'),
      ],
      ['of the subgraphs’ own', { query: '{ _entities(representations: []) { __typename } }' }, invalid('_entities')],
      [
        'that ends too early',
        { query: '{ viewer {' },
        { status: 400, code: 'GRAPHQL_PARSE_FAILED', says: ['Expected'] },
      ],
      ['that is one of two', { query: TWO }, unclear],
      ['with a name that is not there', { query: TWO, operationName: 'C' }, unclear],
      ['with an undeclared variable', { query: '{ content(id: $id) { id } }' }, invalid('$id')],
      ['that subscribes', { query: 'subscription { contents { totalCount } }' }, unsupported('Subscriptions', 'query')],
      ['with @defer', { query: '{ ... @defer { viewer { id } } }' }, unsupported('@defer', 'second query')],
      ['in circles', { query: '{ contents { nodes { ...A } } } fragment A on Content { ...A }' }, invalid('A')],
    ])('%s is refused', async (_, request, expected) => {
      expectRefusal(await json(request), expected);
    });

    const tooMuch = (...says: Refusal['says']): Refusal => ({ status: 400, code: 'LIMIT_EXCEEDED', says });
    const repeated = (times: number, piece: (index: number) => string) =>
      Array.from({ length: times }, (_, i) => piece(i));
    const doubling = repeated(30, (i) => `fragment F${i} on Content { ...F${i + 1} ...F${i + 1} }`).join(' ');

    test.each<[string, string, Refusal]>([
      ['31 aliases', `{ viewer { ${repeated(31, (i) => `a${i}: id`).join(' ')} } }`, tooMuch('31 aliases', '30')],
      ['21 root fields', `{ ${repeated(21, (i) => `a${i}: viewer { id }`).join(' ')} }`, tooMuch('21 fields', '20')],
      ['51 directives', `{ viewer { ${'id @include(if: true) '.repeat(51)} } }`, tooMuch('51 directives', '50')],
      ['6 directives at one place', `{ viewer ${'@include(if: true) '.repeat(6)} { id } }`, tooMuch('6', '5')],
      [
        'a deep introspection',
        `{ __schema { types ${'{ fields { type '.repeat(8)} { name } ${'} }'.repeat(8)} } }`,
        tooMuch('levels', '15'),
      ],
      [
        'fragments that double',
        `{ contents { nodes { ...F0 } } } ${doubling} fragment F30 on Content { id }`,
        tooMuch('fields', '500'),
      ],
      ['5001 tokens', `{ ${'viewer { id } '.repeat(2_000)} }`, tooMuch('5000 tokens')],
      ['5000 brackets', `{ content(id: ${'['.repeat(2_400)}${']'.repeat(2_400)}) { id } }`, tooMuch(/deep|tokens/)],
    ])('with %s is too much', async (_, query, expected) => {
      expectRefusal(await json({ query }), expected);
    });

    test('with 100,000 wrong values is refused at once, naming the first', async () => {
      const query = 'query ($tags: [String!]) { contents(filter: { tags: $tags }) { totalCount } }';
      const started = performance.now();
      const answer = await json({ query, variables: { tags: Array(100_000).fill(5) } });
      expectRefusal(answer, { status: 400, code: 'BAD_USER_INPUT', says: ['$tags', 'tags[0]'] });
      expect(answer.errors).toHaveLength(1);
      expect(performance.now() - started).toBeLessThan(10_000);
    });

    test('with a value nested 100,000 deep is refused', async () => {
      const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
      const answer = await send(
        `{"query":"query ($p: Int) { contents(first: $p) { totalCount } }","variables":{"p":${deep}}}`,
      );
      expectRefusal(answer, tooMuch('$p', '32 levels'));
    });

    test('with a wrong value of half a megabyte is not repeated to the sender', async () => {
      const query = 'query ($first: Int) { contents(first: $first) { totalCount } }';
      const answer = await json({ query, variables: { first: 'x'.repeat(500_000) } });
      expectRefusal(answer, { status: 400, code: 'BAD_USER_INPUT', says: ['$first'] });
    });
  });

  describe('credentials', () => {
    const userId = JSON.parse(Buffer.from(String(token.split('.')[1]), 'base64url').toString()).sub as string;
    const OURS = { issuer: 'https://polygraph.local', audience: 'polygraph', tenantClaim: 'tenant' };
    const by = (authorization: string) =>
      send(JSON.stringify({ query: VIEWER }), { 'content-type': 'application/json', authorization });
    const refusal = (code: Refusal['code'], ...says: Refusal['says']): Refusal => ({ status: 401, code, says });
    const signed = async (work: (issuer: LocalIssuer) => Promise<string>, rules = OURS, dir = world.dir) =>
      by(`Bearer ${await work(await createLocalIssuer({ dir, ...rules }))}`);

    test('of a tenant that does not exist are refused, although well signed', async () => {
      const answer = await signed((issuer) => issuer.issue({ userId, tenantId: randomUUID() }));
      expectRefusal(answer, refusal('TENANT_UNKNOWN', 'tenant', 'not known'));
    });

    test('of somebody who is no member are refused in the same words', async () => {
      const stranger = await signed((issuer) => issuer.issue({ userId: randomUUID(), tenantId: tenant.id }));
      const nowhere = await signed((issuer) => issuer.issue({ userId, tenantId: randomUUID() }));
      expect(stranger.text).toBe(nowhere.text);
    });

    test('that are over are refused', async () => {
      const answer = await signed((issuer) => issuer.issue({ userId, tenantId: tenant.id, lifetimeSeconds: -60 }));
      expectRefusal(answer, refusal('TOKEN_EXPIRED', 'expired'));
    });

    test.each([OURS, { ...OURS, issuer: 'https://elsewhere.example' }])(
      'signed by another key as %j',
      async (rules) => {
        const dir = await mkdtemp(join(tmpdir(), 'polygraph-foreign-'));
        const answer = await signed((issuer) => issuer.issue({ userId, tenantId: tenant.id }), rules, dir);
        await rm(dir, { recursive: true });
        expectRefusal(answer, refusal('TOKEN_INVALID', 'trusted issuer'));
      },
    );

    test.each([
      ['Bearer garbage', 'trusted issuer'],
      ['Basic dXNlcjpwYXNz', 'Bearer <token>'],
      ['', 'Bearer <token>'],
    ])('of the form %j are refused', async (authorization, says) => {
      expectRefusal(await by(authorization), refusal('TOKEN_INVALID', says));
    });

    test('of two kinds, or none, are refused', async () => {
      const both = { ...JSON_BY_TOKEN, 'x-api-key': tenant.apiKey };
      expectRefusal(await send(JSON.stringify({ query: VIEWER }), both), refusal('TOKEN_INVALID', 'not both'));
      expectRefusal(await world.stranger.query(VIEWER), refusal('UNAUTHENTICATED', 'no credentials'));
    });
  });
});
