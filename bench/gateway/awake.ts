import { spawnSync } from 'node:child_process';
import os from 'node:os';
import { type Running, startProcess } from './contenders.ts';

/**
 * Keeps all cores awake while others are measured, as laboratories do that boot with `idle=poll`.
 *
 * Where a machine is virtual, a core that sleeps is taken off the real one, and to wake it is an exit to the hypervisor:
 * charged to whoever writes to the socket that the sleeper waits for. With one connection everybody sleeps between any
 * two steps of a request, and that fixed price, the same for every gateway, is most of what a small operation costs.
 *
 * A spinner for each core, under SCHED_IDLE: it runs where nobody else wants to, is put aside at once when somebody
 * does, and the scheduler takes a core with nothing else on it for an idle one. It stays in the session of the bench:
 * with a session of its own, and so a group of its own, it would have a fair share.
 */
export async function keepAwake(): Promise<readonly Running[]> {
  return Promise.all(
    os.cpus().map(async (_, core) => {
      const spinner = await startProcess('servers/spinner.ts');
      const pid = String(spinner.child.pid);
      try {
        run('chrt', '--all-tasks', '--idle', '--pid', '0', pid);
        run('taskset', '--all-tasks', '--cpu-list', '--pid', String(core), pid);
      } catch (error) {
        spinner.stop();
        throw error;
      }
      spinner.child.send('spin');
      return spinner;
    }),
  );
}

/** @throws Error where the command, of util-linux, is missing or fails: at any other priority a spinner would be in the figures */
function run(command: string, ...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} failed: ${error?.message ?? stderr}`);
}
