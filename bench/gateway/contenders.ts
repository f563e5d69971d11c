import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { freePort } from '../free-port.ts';

export const CONTENDERS = {
  // With the flag of `npm run gateway`.
  polygraph: { label: 'Polygraph', file: 'servers/ours.ts', execArgv: ['--max-semi-space-size=64'] },
  vanilla: { label: '@apollo/gateway 2.14 + @apollo/server 5', file: 'servers/vanilla.ts', execArgv: [] },
  hive: { label: 'Hive Gateway 2.15 + router-runtime', file: 'peers/hive.mjs', execArgv: [] },
  mercurius: { label: 'Mercurius gateway 5.2', file: 'peers/mercurius.mjs', execArgv: [] },
} as const;
export type ContenderName = keyof typeof CONTENDERS;

/** A process of the bench, seen from outside: all its threads count. */
export interface Running {
  readonly child: ChildProcess;
  /** What it said when it was ready. */
  readonly said: unknown;
  /** User and system time since it began, in milliseconds. */
  cpuMs(): number;
  rssBytes(): number;
  stop(): void;
}

/** A gateway under measurement. */
export interface Contender extends Running {
  readonly name: ContenderName;
  readonly url: string;
}

/** @param supergraph file @param places where the subgraphs are, for those that compose by themselves */
export async function startContender(name: ContenderName, supergraph: string, places: object): Promise<Contender> {
  const args = [supergraph, JSON.stringify(places), String(await freePort())];
  const { file, execArgv } = CONTENDERS[name];
  const running = await startProcess(file, args, execArgv);
  return { ...running, name, url: String(running.said) };
}

/** @param file in this folder @throws Error where it ends before it says that it is ready */
export async function startProcess(
  file: string,
  args: readonly string[] = [],
  execArgv: readonly string[] = [],
): Promise<Running> {
  const child = fork(path.join(import.meta.dirname, file), args, {
    execArgv: [...(file.endsWith('.ts') ? ['--import', 'tsx'] : []), ...execArgv],
    env: { ...process.env, NODE_ENV: 'production', LOG_LEVEL: 'error', APOLLO_TELEMETRY_DISABLED: '1' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const said = await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`${file} ended (${code}) before it was ready.`)));
  });
  return {
    child,
    said,
    cpuMs: () => cpuMsOf(child.pid ?? 0),
    rssBytes: () => rssOf(child.pid ?? 0),
    stop: () => void child.kill('SIGKILL'),
  };
}

function cpuMsOf(pid: number): number {
  // The name of the program, in parentheses, may hold spaces; utime and stime are the 12th and 13th behind it.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}

function rssOf(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}

/** Linux counts CPU in hundredths of a second for user space. */
const MS_PER_TICK = 10;
