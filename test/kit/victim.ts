import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'vitest';

/**
 * Runs one of this folder's victims in a process of its own, which says when it is at the point and is killed there.
 * @param script such as `move-victim.ts`, which reads the point from HALT
 */
export async function killVictimAt(script: string, point: string, env: NodeJS.ProcessEnv): Promise<void> {
  const victim = spawn(process.execPath, ['--import', 'tsx', `test/kit/${script}`], {
    env: { ...process.env, ...env, HALT: point },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(victim, 'close');
  const [said] = await Promise.race([once(victim.stdout, 'data'), ended]);
  expect(String(said)).toBe(`${point}\n`);
  victim.kill('SIGKILL');
  await ended;
}
