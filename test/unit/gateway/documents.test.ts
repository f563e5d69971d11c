import { afterAll, beforeAll, expect, test } from 'vitest';
import { areTrustedDocumentsCurrent, documentHash, readTrustedDocuments } from '#schema/trusted-documents';
import { readAnswer } from '../../kit/client.ts';
import { type SmallGateway, startSmallGateway } from '../../kit/gateway.ts';

let gateway: SmallGateway;
beforeAll(async () => {
  gateway = await startSmallGateway();
});
afterAll(() => gateway?.stop());

const post = async (token: string, body: object, at = gateway) => {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  return readAnswer(await fetch(`${at.url}/graphql`, { method: 'POST', headers, body: JSON.stringify(body) }));
};
const QUERY = '{ viewer { tenant } }';
const named = (query: string) => ({ persistedQuery: { version: 1, sha256Hash: documentHash(query) } });

test('a persisted query is registered with its text and asked for by its hash alone', async () => {
  const { token, tenantId } = await gateway.as('VIEWER');
  const unknown = await post(token, { extensions: named(QUERY) });
  expect([unknown.status, unknown.errors[0]?.message]).toEqual([200, 'PersistedQueryNotFound']);
  expect(unknown.errors[0]?.extensions.code).toBe('PERSISTED_QUERY_NOT_FOUND');
  await post(token, { query: QUERY, extensions: named(QUERY) });
  for (const body of [{ extensions: named(QUERY) }, { documentId: `sha256:${documentHash(QUERY)}` }]) {
    expect((await post(token, body)).data).toEqual({ viewer: { tenant: tenantId } });
  }
});

test('RD-04 a text is never registered under another hash, nor for another tenant', async () => {
  const [a, b] = [await gateway.as('VIEWER'), await gateway.as('VIEWER')];
  const query = '{ documents { id } }';
  const poisoned = await post(a.token, { query: '{ viewer { id } }', extensions: named(query) });
  expect(poisoned.errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
  await post(a.token, { query, extensions: named(query) });
  expect((await post(b.token, { extensions: named(query) })).errors[0]?.extensions.code).toBe(
    'PERSISTED_QUERY_NOT_FOUND',
  );
});

test('what is over a limit is not registered', async () => {
  const { token } = await gateway.as('VIEWER');
  const query = `{ ${'viewer { id } '.repeat(30)} }`;
  expect((await post(token, { query, extensions: named(query) })).errors[0]?.extensions.code).toBe('LIMIT_EXCEEDED');
  expect((await post(token, { extensions: named(query) })).errors[0]?.extensions.code).toBe(
    'PERSISTED_QUERY_NOT_FOUND',
  );
});

test('where trusted documents are enforced, nothing else is served, by text or by hash', async () => {
  const strict = await startSmallGateway({ settings: { TRUSTED_DOCUMENTS: 'enforce' } });
  try {
    const { token } = await strict.as('VIEWER');
    const [[hash = '', text] = []] = readTrustedDocuments();
    const codes = async (body: object) => (await post(token, body, strict)).errors[0]?.extensions.code;
    expect(await codes({ query: QUERY })).toBe('DOCUMENT_NOT_TRUSTED');
    expect(await codes({ query: QUERY, extensions: named(QUERY) })).toBe('DOCUMENT_NOT_TRUSTED');
    expect(await codes({ extensions: named(QUERY) })).toBe('DOCUMENT_NOT_TRUSTED');
    expect(await codes({ query: `${text} ` })).toBe('DOCUMENT_NOT_TRUSTED');
    // The small graph does not know the fields of the product: that it is asked at all is what counts.
    expect(await codes({ documentId: hash })).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(await codes({ query: text })).toBe('GRAPHQL_VALIDATION_FAILED');
  } finally {
    await strict.stop();
  }
});

test('the manifest holds the saved operations, each under the hash of its text', () => {
  expect(areTrustedDocumentsCurrent(), 'run: node bin/polygraph.mjs documents').toBe(true);
  expect(readTrustedDocuments().size).toBeGreaterThan(20);
});
