import type { Logger } from '#platform/log';
import type { SubgraphName } from '#schema/subgraphs';
import { serveSubgraph } from '#subgraphs/runtime/serve';
import { createHealthMonitor } from '../health.ts';
import { openStores } from './stores.ts';
import type { SubgraphSettings } from './subgraph-settings.ts';
import { createSubgraph } from './subgraphs.ts';

export interface SubgraphAlone {
  /** Where it takes signed requests, with the path. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface SubgraphAloneOptions extends SubgraphSettings {
  readonly name: SubgraphName;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly host: string;
  readonly log: Logger;
}

/** One subgraph behind HTTP, with connections of its own. It migrates nothing: `polygraph relay` does. */
export async function startSubgraphAlone(options: SubgraphAloneOptions): Promise<SubgraphAlone> {
  const { name, settings, keys, sealing, port, host, log } = options;
  const stores = openStores(settings, log);
  const health = createHealthMonitor({ stores, log });
  const close = async (): Promise<void> => {
    health.stop();
    await stores.close();
  };
  try {
    const subgraph = await createSubgraph(name, { settings, keys, sealing, stores, health, log });
    const served = await serveSubgraph(subgraph, { port, hostAddress: host, log });
    if (name === 'operations') health.start();
    return {
      url: served.url,
      async stop() {
        await served.stop();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
