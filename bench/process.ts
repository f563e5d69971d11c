import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Ready, Usage } from './servers/parent.ts';

/** A measured process. */
export interface Measured {
  readonly urls: Ready['urls'];
  usage(): Promise<Usage>;
  stop(): Promise<void>;
}

export type Server = 'polygraph' | 'gateway' | 'subgraphs' | 'vanilla' | 'walls';

/** Starts `bench/servers/<server>.ts` and waits until it serves. @throws Error where it ends before */
export async function startServer(
  server: Server,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Measured> {
  const file = path.join(import.meta.dirname, 'servers', `${server}.ts`);
  const child = fork(file, args, {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const { urls } = await answerOf<Ready>(child, server);
  return {
    urls,
    usage() {
      child.send('usage');
      return answerOf<Usage>(child, server);
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.send('stop');
      await ended;
    },
  };
}

/** The next thing it says. */
function answerOf<Answer>(child: ChildProcess, server: Server): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => {
      child.removeListener('message', onMessage);
      reject(new Error(`The ${server} process ended (${code}) without an answer.`));
    };
    const onMessage = (message: unknown): void => {
      child.removeListener('exit', onExit);
      resolve(message as Answer);
    };
    child.once('message', onMessage);
    child.once('exit', onExit);
  });
}
