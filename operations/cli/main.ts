import { Command } from 'commander';
import { CommandError, explain } from './explain.ts';

/**
 * The commands, one file each, loaded when asked for: a file exports `command`,
 * and a line here names it.
 */
const COMMANDS: Readonly<Record<string, () => Promise<{ command: Command }>>> = {
  start: () => import('./start.ts'),
  stores: () => import('./stores.ts'),
  test: () => import('./test.ts'),
  check: () => import('./check.ts'),
  generate: () => import('./generate.ts'),
  compose: () => import('./compose.ts'),
  docs: () => import('./docs.ts'),
  documents: () => import('./documents.ts'),
  env: () => import('./env.ts'),
  migrate: () => import('./migrate.ts'),
  tenant: () => import('./tenant.ts'),
  connections: () => import('./connections.ts'),
  import: () => import('./import.ts'),
  adopt: () => import('./adopt.ts'),
  token: () => import('./token.ts'),
  bench: () => import('./bench.ts'),
  fuzz: () => import('./fuzz.ts'),
  mutants: () => import('./mutants.ts'),
  subgraph: () => import('./subgraph.ts'),
  gateway: () => import('./gateway.ts'),
  relay: () => import('./relay.ts'),
  audit: () => import('./audit.ts'),
  metrics: () => import('./metrics.ts'),
  optimize: () => import('./optimize.ts'),
  memory: () => import('./memory.ts'),
  reconcile: () => import('./reconcile.ts'),
  rollup: () => import('./rollup.ts'),
  similar: () => import('./similar.ts'),
  keywords: () => import('./keywords.ts'),
};

export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('polygraph').description('One graph over four stores, for many tenants.');
  const asked = COMMANDS[argv[2] ?? ''];
  try {
    for (const load of asked ? [asked] : Object.values(COMMANDS)) program.addCommand((await load()).command);
    await program.parseAsync(argv);
  } catch (error) {
    process.stderr.write(`\n${explain(error)}\n`);
    process.exitCode = error instanceof CommandError ? error.exitCode : 1;
  }
}
