import { expect, test } from 'vitest';
import { leastEnvironment, readSubgraphSettings } from '#operations/product/subgraph-settings';
import { readSettings } from '#platform/settings';
import { SUBGRAPHS } from '#schema/subgraphs';
import { createAssertionKeys } from '#tenancy/assertion/keys';
import { createAssertionSigner } from '#tenancy/assertion/sign';
import { createAssertionVerifier } from '#tenancy/assertion/verify';
import { dangerouslyMintTenantContext } from '#tenancy/context';
import { TEST_SECRETS } from '../../kit/secrets.ts';

const APP_URL = 'postgresql://polygraph_app:its-own@127.0.0.1:1/polygraph';
const settings = readSettings({
  DATABASE_URL: 'postgresql://owner:owners-password@127.0.0.1:1/polygraph',
  MONGODB_URL: 'mongodb://content:mongo-password@127.0.0.1:1/none',
  REDIS_URL: 'redis://:redis-password@127.0.0.1:1',
  NEO4J_URL: 'bolt://127.0.0.1:1',
  NEO4J_PASSWORD: 'neo4j-password',
  POLYGRAPH_SECRETS: [...TEST_SECRETS, 'an older secret which still verifies assertions'].join(','),
});
const tenant = dangerouslyMintTenantContext({
  tenantId: '00000000-0000-4000-8000-00000000000a',
  tier: 'STANDARD',
  principal: { kind: 'user', id: 'someone' },
  roles: [],
  scopes: [],
});
const environmentOf = (name: (typeof SUBGRAPHS)[number]) => leastEnvironment(name, settings, APP_URL);

test.each(SUBGRAPHS)('%s alone is given neither the master secret nor the owner of the tables', (name) => {
  const environment = JSON.stringify(environmentOf(name));
  for (const secret of [...settings.POLYGRAPH_SECRETS, 'owners-password']) expect(environment).not.toContain(secret);
  expect(readSubgraphSettings(name, environmentOf(name)).settings).not.toHaveProperty('POLYGRAPH_SECRETS');
});

test('content alone is given no way to PostgreSQL, Neo4j or Redis', () => {
  const given = ['MONGODB_URL', 'POLYGRAPH_ASSERTION_KEYS', 'POLYGRAPH_DOCUMENT_KEYS'];
  expect(Object.keys(environmentOf('content'))).toEqual(given);
});

test.each(settings.POLYGRAPH_SECRETS)(
  'what one subgraph is given verifies its own assertions and no others',
  (secret) => {
    const sign = createAssertionSigner(createAssertionKeys([secret]));
    const { keys } = readSubgraphSettings('content', environmentOf('content'));
    const verify = createAssertionVerifier(keys, 'content');
    expect(verify(sign(tenant, 'content', '{}'), '{}').tenantId).toBe(tenant.tenantId);
    expect(() => verify(sign(tenant, 'knowledge', '{}'), '{}')).toThrow('not known here');
  },
);

test('keys of another subgraph, or what is no key, open nothing', () => {
  const foreign = environmentOf('knowledge').POLYGRAPH_ASSERTION_KEYS ?? '';
  const { keys } = readSubgraphSettings('content', { ...environmentOf('content'), POLYGRAPH_ASSERTION_KEYS: foreign });
  const assertion = createAssertionSigner(createAssertionKeys(TEST_SECRETS))(tenant, 'content', '{}');
  expect(() => createAssertionVerifier(keys, 'content')(assertion, '{}')).toThrow('not one of this gateway');
  const broken = { ...environmentOf('content'), POLYGRAPH_ASSERTION_KEYS: 'what is this' };
  expect(() => readSubgraphSettings('content', broken)).toThrow(/^(?!.*what is this)/);
});
