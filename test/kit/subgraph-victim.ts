import { createLogger } from '#platform/log';
import { serveSubgraph } from '#subgraphs/runtime/serve';
import { smallHost } from './gateway.ts';

/** A process of its own: serves the small content subgraph on PORT and says its address, to be killed. */
const log = createLogger({ level: 'silent' });
const port = Number(process.env.PORT ?? 0);
const { url } = await serveSubgraph(smallHost('content'), { port, hostAddress: '127.0.0.1', log });
process.stdout.write(`${url}\n`);
