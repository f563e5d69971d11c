import { createHealthMonitor } from '#operations/health';
import { openStores } from '#operations/product/stores';
import { createSubgraph } from '#operations/product/subgraphs';
import { createLogger } from '#platform/log';
import { readSettings } from '#platform/settings';
import { SUBGRAPHS } from '#schema/subgraphs';
import { serveSubgraph } from '#subgraphs/runtime/serve';
import { createAssertionKeys } from '#tenancy/assertion/keys';
import { serveParent } from './parent.ts';

/**
 * The four subgraphs over HTTP, for a gateway in another process. They share this
 * process and its connections, which costs less than the four processes they
 * would be: what is measured against is the cheaper of the two.
 */
const settings = readSettings(process.env);
const log = createLogger({ level: 'error' });
const stores = openStores(settings, log);
const keys = createAssertionKeys(settings.POLYGRAPH_SECRETS);
const health = createHealthMonitor({ stores, log });
health.start();
const served = await Promise.all(
  SUBGRAPHS.map(async (name) => {
    const host = await createSubgraph(name, { settings, keys, stores, health, log });
    return { name, ...(await serveSubgraph(host, { port: 0, hostAddress: '127.0.0.1', log })) };
  }),
);
serveParent({ urls: Object.fromEntries(served.map(({ name, url }) => [name, url])) }, async () => {
  health.stop();
  for (const { stop } of served) await stop();
  await stores.close();
});
