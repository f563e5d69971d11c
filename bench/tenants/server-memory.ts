import { readdirSync, readFileSync } from 'node:fs';

/** What the process and its children hold and share with nobody, in bytes; 0 where /proc does not tell. */
export function privateMemoryOf(pid: number): number {
  return [pid, ...childrenOf(pid)].reduce((sum, one) => sum + privateOf(one), 0);
}

function privateOf(pid: number): number {
  const text = read(`/proc/${pid}/smaps_rollup`);
  const kilobytes = [...text.matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB$/gm)].map(([, size]) => Number(size));
  return kilobytes.reduce((sum, size) => sum + size * 1_024, 0);
}

function childrenOf(pid: number): number[] {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return processes
    .filter((one) => Number(/^\d+ \(.*\) \S (\d+)/s.exec(read(`/proc/${one}/stat`))?.[1]) === pid)
    .map(Number);
}

/** Of a process that has ended meanwhile, nothing. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
