import { createServer } from 'node:net';
import { CommandError, EXIT } from '../explain.ts';

/** @param choose the command with another port @throws CommandError that names the port and that command */
export async function assertPortFree(
  { HOST, PORT }: { HOST: string; PORT: number },
  choose = (port: number): string => `PORT=${port} npm start`,
): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(PORT, HOST, resolve);
    });
  } catch (error) {
    throw explainPort(error, HOST, PORT, choose);
  } finally {
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}

function explainPort(error: unknown, host: string, port: number, choose: (port: number) => string): CommandError {
  const { code = 'unknown' } = error as NodeJS.ErrnoException;
  const why = REASONS[code] ?? `it cannot be opened (${code})`;
  const other = port < 65_535 ? port + 1 : port - 1;
  return new CommandError(`Port ${port} on ${host}: ${why}.\nChoose another:  ${choose(other)}`, EXIT.unavailable);
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there',
  EACCES: 'this user may not open ports below 1024',
  EADDRNOTAVAIL: 'this machine has no such address; check HOST',
};
