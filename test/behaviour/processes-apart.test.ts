import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gateway } from '#gateway/delivery/index';
import { startGatewayAlone } from '#operations/product/gateway-alone';
import { type SubgraphAlone, startSubgraphAlone } from '#operations/product/subgraph-alone';
import { leastEnvironment, readSubgraphSettings } from '#operations/product/subgraph-settings';
import { createLogger } from '#platform/log';
import { readSettings } from '#platform/settings';
import { readSupergraph, SUBGRAPHS } from '#schema/subgraphs';
import { urlOfRole } from '#stores/postgres/roles';
import { createClient } from '../kit/client.ts';
import { EXAMPLES } from '../kit/examples.ts';
import { TEST_SECRETS } from '../kit/secrets.ts';
import { useWorld } from '../kit/world.ts';

describe('subgraphs and a gateway that run apart', () => {
  const world = useWorld();
  const log = createLogger({ level: 'silent' });
  const PATIENT = { STORE_TIMEOUT_MS: 15_000, OPERATION_TIMEOUT_MS: 30_000, PORT: 0, CACHE: 'off' } as const;
  const given = readSettings({ ...process.env, NODE_ENV: 'test', POLYGRAPH_SECRETS: TEST_SECRETS.join(',') });
  const settings = { ...given, ...PATIENT };
  const appUrl = urlOfRole(settings.DATABASE_URL, 'app', TEST_SECRETS);
  let subgraphs: readonly SubgraphAlone[] = [];
  let gateway: Gateway;

  beforeAll(async () => {
    subgraphs = await Promise.all(
      SUBGRAPHS.map((name) => {
        const own = readSubgraphSettings(name, leastEnvironment(name, settings, appUrl));
        const patient = { ...own.settings, ...PATIENT };
        return startSubgraphAlone({ ...own, settings: patient, name, port: 0, host: '127.0.0.1', log });
      }),
    );
    const places = Object.fromEntries(SUBGRAPHS.map((name, at) => [name, new URL(subgraphs[at]?.url ?? '')]));
    gateway = await startGatewayAlone({
      settings,
      subgraphs: places,
      supergraphSdl: readSupergraph(),
      local: { demo: false, dir: world.dir },
      log,
    });
  });
  afterAll(async () => {
    await gateway?.stop();
    for (const subgraph of subgraphs) await subgraph.stop();
  });

  test('a version is restored by a subgraph that runs alone, which reaches what holds it', async () => {
    const token = world.demo.tenants[0]?.tokens.editor ?? '';
    const { errors } = await createClient(`${gateway.url}/graphql`, { authorization: `Bearer ${token}` }).query(
      'mutation ($id: ID!) { restoreVersion(contentId: $id, number: 1) { position } }',
      { id: crypto.randomUUID() },
    );
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['NOT_FOUND']);
  });

  test('subgraphs that run alone, each with its own keys and stores only, answer like the one process', async () => {
    const example = EXAMPLES.find(({ name }) => name === '01-newest-published');
    if (!example) throw new Error('The operation is gone.');
    const ask = (url: string, token = '') =>
      createClient(`${url}/graphql`, { authorization: `Bearer ${token}` }).query(example.query, {
        ...example.variables,
      });
    for (const { tokens } of world.demo.tenants) {
      const together = await ask(world.url, tokens.viewer);
      // The first statement of a process asks Neo4j for its version.
      await ask(gateway.url, tokens.viewer);
      const apart = await ask(gateway.url, tokens.viewer);
      expect(apart.errors).toEqual([]);
      expect(apart.data).toEqual(together.data);
      const { storeQueries, fetches } = apart.extensions.polygraph ?? {};
      expect({ storeQueries, fetches }).toMatchObject({
        storeQueries: together.extensions.polygraph?.storeQueries,
        fetches: together.extensions.polygraph?.fetches,
      });
    }
  });
});
