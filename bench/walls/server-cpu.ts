import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/**
 * User and system time that a server and all of its processes have used, in
 * milliseconds; those that have ended are counted by their parent.
 * @param pid of the server's first process
 * @throws Error where there is no /proc
 */
export function cpuOfTree(pid: number): number {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readStat(name) ?? []);
  const tree = new Set([pid]);
  for (let size = 0; size < tree.size; ) {
    size = tree.size;
    for (const one of all) if (tree.has(one.parent)) tree.add(one.pid);
  }
  const ticks = all.filter((one) => tree.has(one.pid)).reduce((sum, one) => sum + one.ticks, 0);
  return (ticks * 1_000) / TICKS_PER_SECOND;
}

interface Stat {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
}

/** @returns undefined for a process that has just ended */
function readStat(name: string): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${name}/stat`, 'utf8');
    // The name of the program, in brackets, may hold anything; state and parent follow it.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [user = 0, system = 0, ofEnded = 0, systemOfEnded = 0] = fields.slice(11, 15);
    return { pid: Number(name), parent: fields[1] ?? 0, ticks: user + system + ofEnded + systemOfEnded };
  } catch {
    return undefined;
  }
}

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK']).toString());
