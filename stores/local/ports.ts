import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { LocalStoreError } from './types.ts';

/**
 * A loopback port for a store: the one it had last time where that is free, else one the system picks.
 * @param keep only the former one will do
 * @throws LocalStoreError where that is taken
 */
export async function choosePort(dir: string, name: string, keep = false): Promise<number> {
  const file = path.join(dir, `${name}.port`);
  const former = Number(await readFile(file, 'utf8').catch(() => '0'));
  const again = former > 0 ? await tryPort(former) : undefined;
  if (keep && again === undefined) throw new LocalStoreError(`Port ${former} of ${name} is taken by another program.`);
  const port = again ?? (await tryPort(0));
  if (port === undefined) throw new Error('The system has no free port on 127.0.0.1.');
  await writeFile(file, String(port));
  return port;
}

/** Port 0 asks the system for one. @returns undefined when the port is taken */
async function tryPort(port: number): Promise<number | undefined> {
  const server = createServer();
  try {
    return await new Promise<number | undefined>((resolve) => {
      server.once('error', () => resolve(undefined));
      server.listen(port, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address ? address.port : undefined);
      });
    });
  } finally {
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}
