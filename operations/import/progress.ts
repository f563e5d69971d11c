import cliProgress from 'cli-progress';

/** Shows how far something that takes long has come. */
export interface Progress {
  begin(label: string, total: number): ProgressStep;
}

export interface ProgressStep {
  advance(by: number): void;
  /** @param summary what a reader should know at the end */
  end(summary?: string): void;
}

export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** A bar where a person watches, a line for every tenth part where the output is kept. */
export function createProgress(stream: NodeJS.WriteStream = process.stdout): Progress {
  return stream.isTTY ? createBars(stream) : createLines((line) => stream.write(`${line}\n`));
}

/** One line at the start of each tenth part and one at the end. */
export function createLines(write: (line: string) => void): Progress {
  return {
    begin(label, total) {
      let done = 0;
      let told = 0;
      return {
        advance(by) {
          done += by;
          const tenths = total > 0 ? Math.floor((done / total) * 10) : 0;
          if (tenths <= told || done >= total) return;
          told = tenths;
          write(`${label}: ${done} of ${total}`);
        },
        end: (summary) => write(`${label}: ${summary ?? `${done} of ${total}`}`),
      };
    },
  };
}

export const SILENT: Progress = { begin: () => ({ advance: () => {}, end: () => {} }) };

function createBars(stream: NodeJS.WriteStream): Progress {
  return {
    begin(label, total) {
      const bar = new cliProgress.SingleBar({
        stream,
        format: `${label} {bar} {value} of {total} ({eta_formatted} left)`,
        barCompleteChar: '█',
        barIncompleteChar: '░',
        hideCursor: true,
        clearOnComplete: true,
      });
      bar.start(total, 0);
      return {
        advance: (by) => bar.increment(by),
        end(summary) {
          const value = bar.getProgress() * total;
          bar.stop();
          stream.write(`${label}: ${summary ?? `${Math.round(value)} of ${total}`}\n`);
        },
      };
    },
  };
}
