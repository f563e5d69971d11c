import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Writes stores/postgres/generated from prisma/schema.prisma, in about a second.
 * Works offline: Prisma would download a schema engine that generating does not
 * use, so it is told that it has one.
 *
 * @throws Error with what Prisma printed
 */
export async function generatePrismaClient(): Promise<void> {
  const cli = fileURLToPath(new URL('../../node_modules/prisma/build/index.js', import.meta.url));
  const child = spawn(process.execPath, [cli, 'generate', '--no-hints'], {
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true',
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => printed.push(String(part)));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (status !== 0) throw new Error(`prisma generate failed:\n${printed.join('')}`);
}
