import type { SubgraphHost } from '#subgraphs/runtime/host';
import { createHttpTransport } from './http.ts';
import { createInProcessTransport } from './in-process.ts';
import type { ExecutionOptions } from './index.ts';
import { createSharing } from './sharing.ts';
import { createSubgraph, type Subgraph } from './subgraph.ts';
import type { SubgraphAnswer, Transport } from './transport.ts';

/** The subgraphs of the supergraph as it is now. */
export interface Places {
  /** Another place for a known name closes the former when its fetches are done. @throws TypeError where nobody said where it is */
  open(name: string, url: string | undefined): Subgraph;
  /** @throws Error where the supergraph has no such subgraph */
  find(name: string): Subgraph;
  readonly anyInProcess: boolean;
  close(): Promise<void>;
}

type PlacesOptions = Pick<ExecutionOptions, 'subgraphs' | 'sign' | 'fetchTimeoutMs' | 'intercept' | 'metrics'>;

export function createPlaces(options: PlacesOptions): Places {
  const { subgraphs, sign, fetchTimeoutMs: timeoutMs, intercept, metrics } = options;
  const opened = new Map<string, { subgraph: Subgraph; transport: Transport }>();
  const inProcess = new Set<string>();
  const sharing = createSharing<SubgraphAnswer | string>(() => metrics.countShared('fetch'));
  const leave = (transport: Transport): void => {
    // Longer than any fetch may take.
    setTimeout(() => void transport.close().catch(() => {}), timeoutMs * 2).unref();
  };
  return {
    open(name, url) {
      const place = typeof subgraphs === 'function' ? subgraphs(name, url) : ownEntry(subgraphs, name);
      if (!place) throw new TypeError(`The supergraph has a subgraph \`${name}\`, and nobody said where it is.`);
      const transport = transportTo(place, timeoutMs);
      const former = opened.get(name);
      if (former) leave(former.transport);
      const plain = createSubgraph({ name, transport, sign, timeoutMs, metrics, sharing });
      const subgraph = intercept?.subgraph(plain) ?? plain;
      opened.set(name, { subgraph, transport });
      if (transport.answersText) inProcess.delete(name);
      else inProcess.add(name);
      return subgraph;
    },
    find(name) {
      const found = opened.get(name);
      if (!found) throw new Error(`Couldn't find service with name "${name}"`);
      return found.subgraph;
    },
    get anyInProcess() {
      return inProcess.size > 0;
    },
    async close() {
      await Promise.allSettled([...opened.values()].map(({ transport }) => transport.close()));
    },
  };
}

const ownEntry = <T>(entries: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(entries, name) ? entries[name] : undefined;

function transportTo(place: SubgraphHost | URL, timeoutMs: number): Transport {
  return place instanceof URL ? createHttpTransport({ url: place.href, timeoutMs }) : createInProcessTransport(place);
}
