import { expect, test } from 'vitest';
import { dangerouslyServeWithoutTenancy } from '#gateway/delivery/open';
import { createLogger } from '#platform/log';
import { readSettings } from '#platform/settings';
import { TEST_SECRETS } from '../../kit/secrets.ts';

const STORES = {
  ...{ DATABASE_URL: 'postgres://127.0.0.1:1/none', MONGODB_URL: 'mongodb://127.0.0.1:1/none' },
  ...{ REDIS_URL: 'redis://127.0.0.1:1', NEO4J_URL: 'bolt://127.0.0.1:1', NEO4J_PASSWORD: 'nobody-home' },
  POLYGRAPH_SECRETS: TEST_SECRETS.join(','),
};

test.each(['0.0.0.0', '::', '192.0.2.1', 'localhost.example'])(
  'without tenancy nothing listens on %s',
  async (HOST) => {
    const settings = { ...readSettings({ NODE_ENV: 'test', ...STORES }), HOST, PORT: 0 };
    const log = createLogger({ level: 'silent' });
    const serving = async () => dangerouslyServeWithoutTenancy({ settings, log, supergraphSdl: '', subgraphs: {} });
    await expect(serving()).rejects.toThrow(`listens on loopback only; HOST is ${HOST}`);
  },
);
