import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { commandLine, isAlive, waitForEnd } from './alive.ts';
import { lastLines } from './run.ts';
import { LocalStoreError } from './types.ts';

export interface ServerOptions {
  readonly name: string;
  readonly title: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The run's folder; the log and the pid file lie there. */
  readonly dir: string;
  /** Stands in the server's command line, and in no other's. */
  readonly mark: string;
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  readonly stopSignal?: NodeJS.Signals;
  readonly stopTimeoutMs?: number;
  readonly readyTimeoutMs?: number;
  /** Rejects as long as the server does not answer. */
  readonly ready: () => Promise<void>;
  readonly signal: AbortSignal;
}

export interface Server {
  readonly pid: number;
  /** Resolves with the exit code or the signal when it has ended, for whatever reason. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts a server in a process group of its own, so that Ctrl-C at the terminal
 * reaches us alone and requests can drain before their stores go.
 * A reaper holds a pipe from us: when we end, however we end, it ends the server.
 * @throws LocalStoreError with the last lines of its log when it ends or stays silent
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { name, title, dir, signal, readyTimeoutMs = 90_000 } = options;
  signal.throwIfAborted();
  const logFile = path.join(dir, 'logs', `${name}.log`);
  await keepOneOldLog(logFile);
  const child = spawnServer(options, logFile);
  const { pid } = child;
  if (pid === undefined) throw new LocalStoreError(`${title} could not be started: ${options.command} does not run.`);
  const reaper = spawnReaper(pid, options.stopSignal ?? 'SIGTERM');
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, reason) => resolve(String(code ?? reason)));
  });
  ended.then(() => reaper.kill('SIGKILL'));
  const pidFile = path.join(dir, `${name}.pid`);
  await writeFile(pidFile, JSON.stringify({ pid, mark: options.mark }));

  const server: Server = {
    pid,
    ended,
    async stop() {
      child.kill(options.stopSignal ?? 'SIGTERM');
      const kill = setTimeout(() => child.kill('SIGKILL'), options.stopTimeoutMs ?? 20_000);
      await ended;
      clearTimeout(kill);
      await rm(pidFile, { force: true });
    },
  };
  try {
    await untilReady(options.ready, ended, signal, readyTimeoutMs);
    return server;
  } catch (error) {
    await server.stop();
    signal.throwIfAborted();
    const log = existsSync(logFile) ? await readFile(logFile, 'utf8') : '';
    const reason = error instanceof Error ? error.message : String(error);
    throw new LocalStoreError(`${title} did not start: ${reason}\n${lastLines(log, 12)}\n  The whole log: ${logFile}`);
  }
}

/** Ends a server that a former run left behind. Only one whose command line bears our mark is touched. */
export async function stopLeftover(dir: string, name: string, progress: (line: string) => void): Promise<void> {
  const file = path.join(dir, `${name}.pid`);
  if (!existsSync(file)) return;
  const { pid, mark } = JSON.parse(await readFile(file, 'utf8').catch(() => '{}')) as { pid?: number; mark?: string };
  if (pid && mark && isAlive(pid) && commandLine(pid)?.includes(mark)) {
    progress(`A ${name} of a former run is still there (process ${pid}); stopping it`);
    process.kill(pid, 'SIGTERM');
    if (!(await waitForEnd(pid, 15_000))) {
      process.kill(pid, 'SIGKILL');
      await waitForEnd(pid, 5_000);
    }
  }
  await rm(file, { force: true });
}

function spawnServer(options: ServerOptions, logFile: string): ChildProcess {
  const log = openSync(logFile, 'a', 0o600);
  try {
    return spawn(options.command, options.args, {
      cwd: options.cwd,
      env: { PATH: process.env.PATH, HOME: options.cwd, LANG: 'C.UTF-8', ...options.env },
      detached: true,
      stdio: ['ignore', log, log],
      ...options.user,
    }).on('error', () => {});
  } finally {
    closeSync(log);
  }
}

/** `read` returns when the pipe's other end closes, which the system does even after kill -9. */
const REAPER = `trap '' INT HUP TERM
read -r _
kill -s "$2" "$1" 2>/dev/null || exit 0
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  sleep 1
  kill -0 "$1" 2>/dev/null || exit 0
done
kill -s KILL "$1" 2>/dev/null`;

function spawnReaper(pid: number, stopSignal: NodeJS.Signals): ChildProcess {
  const args = ['-c', REAPER, 'polygraph-reaper', String(pid), stopSignal.replace('SIG', '')];
  const reaper = spawn('/bin/sh', args, { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  reaper.on('error', () => {});
  reaper.stdin?.on('error', () => {});
  reaper.unref();
  return reaper;
}

async function untilReady(
  ready: () => Promise<void>,
  ended: Promise<string>,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  const gone = ended.then((how) => ({ how }));
  for (;;) {
    signal.throwIfAborted();
    const attempt = ready().then(
      () => 'ready' as const,
      (error: unknown) => ({ error }),
    );
    const outcome = await Promise.race([attempt, gone]);
    if (outcome === 'ready') return;
    if ('how' in outcome) throw new Error(`it ended by itself (${outcome.how}).`);
    if (performance.now() > deadline) {
      const reason = outcome.error instanceof Error ? outcome.error.message : String(outcome.error);
      throw new Error(`no answer within ${timeoutMs / 1000} s (${reason}).`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function keepOneOldLog(logFile: string): Promise<void> {
  const size = await stat(logFile).then(
    (found) => found.size,
    () => 0,
  );
  if (size > 5_000_000) await rename(logFile, `${logFile}.1`);
}
