import { join } from 'node:path';
import { startGatewayAlone } from '#operations/product/gateway-alone';
import { createLogger } from '#platform/log';
import { readSettings } from '#platform/settings';
import { readSupergraph } from '#schema/subgraphs';
import { serveParent } from './parent.ts';

/** The gateway as `npm run gateway` runs it, in front of subgraphs of another process. */
const [dir = '', places = '{}'] = process.argv.slice(2);
const urls = Object.entries(JSON.parse(places) as Record<string, string>);
const gateway = await startGatewayAlone({
  settings: { ...readSettings(process.env), PORT: 0, AUDIT_DIR: join(dir, 'audit') },
  subgraphs: Object.fromEntries(urls.map(([name, url]) => [name, new URL(url)])),
  supergraphSdl: readSupergraph(),
  local: { demo: true, dir },
  log: createLogger({ level: 'error' }),
});
serveParent({ urls: { gateway: gateway.url } }, gateway.stop);
