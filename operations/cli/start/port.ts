import { createServer } from 'node:net';
import { CommandError } from '../explain.ts';

/** @throws CommandError that names the port and another way to start */
export async function assertPortFree({ HOST, PORT }: { HOST: string; PORT: number }): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(PORT, HOST, resolve);
    });
  } catch (error) {
    throw explainPort(error, HOST, PORT);
  } finally {
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}

function explainPort(error: unknown, host: string, port: number): CommandError {
  const { code = 'unknown' } = error as NodeJS.ErrnoException;
  const why = REASONS[code] ?? `it cannot be opened (${code})`;
  const other = port < 65_535 ? port + 1 : port - 1;
  return new CommandError(`Port ${port} on ${host}: ${why}.\nChoose another:  PORT=${other} npm start`);
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there',
  EACCES: 'this user may not open ports below 1024',
  EADDRNOTAVAIL: 'this machine has no such address; check HOST',
};
