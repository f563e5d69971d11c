import { join } from 'node:path';
import { startProduct } from '#operations/product/index';
import { createLogger } from '#platform/log';
import { readSettings } from '#platform/settings';
import { serveParent } from './parent.ts';

/** The product as `npm start` runs it: gateway, subgraphs and relay in this one process. */
const [dir = ''] = process.argv.slice(2);
const product = await startProduct({
  settings: { ...readSettings(process.env), PORT: 0, AUDIT_DIR: join(dir, 'audit') },
  log: createLogger({ level: 'error' }),
  local: { demo: true, dir },
});
serveParent({ urls: { gateway: product.url } }, product.stop);
