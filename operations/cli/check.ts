import { spawn } from 'node:child_process';
import { Command } from 'commander';
import { ensureGenerated } from './generated.ts';
import { ROOT } from './root.ts';
import { inSeconds, table } from './table.ts';

export const command = new Command('check')
  .description('everything that needs no store: format, lint, types, drift, unit tests with the rules of the house')
  .action(async () => {
    await ensureGenerated();
    const results = await Promise.all(CHECKS.map(runCheck));
    const failed = results.filter(({ passed }) => !passed);
    for (const { name, output } of failed) process.stdout.write(`\n=== ${name}\n${output}\n`);
    const rows = results.map(({ name, passed, ms }) => [name, passed ? 'ok' : 'FAILED', inSeconds(ms)]);
    process.stdout.write(`\n${table([['CHECK', 'RESULT', 'TIME'], ...rows])}\n`);
    process.exitCode = failed.length > 0 ? 1 : 0;
  });

interface Check {
  readonly name: string;
  /** Arguments of node. */
  readonly args: readonly string[];
}

const CHECKS: readonly Check[] = [
  { name: 'format and lint', args: ['node_modules/@biomejs/biome/bin/biome', 'ci', '--colors=off', '.'] },
  { name: 'types', args: ['node_modules/typescript/bin/tsc', '--noEmit', '-p', '.'] },
  {
    name: 'types of the playground',
    args: ['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'gateway/delivery/playground/app'],
  },
  { name: 'supergraph is current', args: ['bin/polygraph.mjs', 'compose', '--check'] },
  { name: 'unit tests and house rules', args: ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit'] },
];

async function runCheck({ name, args }: Check): Promise<{ name: string; passed: boolean; ms: number; output: string }> {
  const began = performance.now();
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk));
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', resolve);
  });
  const ms = performance.now() - began;
  process.stdout.write(`${code === 0 ? 'ok    ' : 'FAILED'}  ${name} (${inSeconds(ms)})\n`);
  return { name, passed: code === 0, ms, output: Buffer.concat(output).toString('utf8').trim() };
}
