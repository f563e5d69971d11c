import type { SubgraphHost } from '#subgraphs/runtime/host';
import type { SubgraphAnswer, Transport } from './transport.ts';

/** A subgraph of this process. It passes the same door as over HTTP: signed text, verified assertion. */
export function createInProcessTransport(host: SubgraphHost): Transport {
  return {
    answersText: false,
    send: async ({ body, assertion, requestId }) =>
      (await host.execute(body, assertion, requestId)) as unknown as SubgraphAnswer,
    close: async () => undefined,
  };
}
