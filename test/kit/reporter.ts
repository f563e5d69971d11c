import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/**
 * Prints one last line, `412 passed, 0 failed`, with skipped ones named where
 * there are any. A file that cannot be loaded and an error outside a test count
 * as failed.
 */
export function countsReporter(print: (line: string) => void = (line) => process.stdout.write(`${line}\n`)): Reporter {
  return {
    onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]) {
      const states = modules.flatMap((module) => [...module.children.allTests()].map((test) => test.result().state));
      const broken = modules.flatMap((module) => module.errors()).length + errors.length;
      const count = (state: string): number => states.filter((found) => found === state).length;
      const skipped = count('skipped') + count('pending');
      const line = `${count('passed')} passed, ${count('failed') + broken} failed`;
      print(skipped > 0 ? `${line}, ${skipped} skipped` : line);
    },
  };
}
