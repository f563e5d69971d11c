import { createHealthMonitor } from '#operations/health';
import { startProduct } from '#operations/product/index';
import { createSubgraph } from '#operations/product/subgraphs';
import { createLogger } from '#platform/log';
import { readSettings } from '#platform/settings';
import { SUBGRAPHS } from '#schema/subgraphs';
import { serveSubgraph } from '#subgraphs/runtime/serve';
import { createAssertionKeys } from '#tenancy/assertion/keys';
import { dangerouslyMakeIdsOfRequests } from './request-ids.ts';

/**
 * One world, in a process of its own: the product over the stores that the
 * environment names, and its subgraphs once more, each at a port of its own.
 */
dangerouslyMakeIdsOfRequests();
const [dir = ''] = process.argv.slice(2);
const log = createLogger({ level: process.env.TEST_LOG_LEVEL ?? 'silent' });
const settings = { ...readSettings(process.env), PORT: 0 };
const local = { demo: false, dir };
// Nothing is projected until it is drained: what an answer shows must not depend on who was quicker.
const product = await startProduct({ settings, log, local, patienceMs: 60_000, startRelay: false });
const health = createHealthMonitor({ stores: product.stores, log });
const keys = createAssertionKeys(settings.POLYGRAPH_SECRETS);
const parts = { settings, keys, stores: product.stores, health, log };
const doors = await Promise.all(
  SUBGRAPHS.map(async (name) => {
    const host = await createSubgraph(name, parts);
    return [name, await serveSubgraph(host, { port: 0, hostAddress: '127.0.0.1', log })] as const;
  }),
);

const ORDERS: Readonly<Record<string, () => Promise<void>>> = {
  drain: () => product.relay.drain(),
  async stop() {
    setTimeout(() => process.exit(1), 15_000).unref();
    await Promise.all(doors.map(([, door]) => door.stop()));
    await product.stop();
    process.exit(0);
  },
};

process.on('message', ({ id, order }: { id: number; order: string }) => {
  const done = ORDERS[order]?.() ?? Promise.reject(new Error(`There is no order ${order}.`));
  done.then(
    () => process.send?.({ id }),
    (error: unknown) => process.send?.({ id, error: String(error) }),
  );
});
process.once('disconnect', () => void ORDERS.stop?.());
process.send?.({ url: product.url, doors: Object.fromEntries(doors.map(([name, { url }]) => [name, url])) });
