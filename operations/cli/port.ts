import { InvalidArgumentError } from 'commander';

/** For an option of commander. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError('A port is from 1 to 65535.');
}
