import { defineConfig } from 'vitest/config';
import { countsReporter } from './test/kit/reporter.ts';

/** `vitest --project unit` needs no store; the project `stores` starts its own. */
export default defineConfig({
  resolve: {
    // The copy that the libraries load, not its ES module twin: graphql refuses objects of another copy.
    alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
  },
  test: {
    pool: 'forks',
    isolate: false,
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    retry: 0,
    // A test waits for what happens and not for a time: on a machine that does much else this is how long it may take.
    expect: { poll: { timeout: 20_000 } },
    reporters: ['default', countsReporter()],
    env: { NODE_ENV: 'test', APOLLO_TELEMETRY_DISABLED: '1' },
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'stores',
          include: ['test/**/*.test.ts'],
          exclude: ['test/unit/**'],
          globalSetup: ['./test/kit/stores.ts'],
        },
      },
    ],
  },
});
