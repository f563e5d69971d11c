import { unwatchFile, watchFile } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Supergraph } from '@apollo/federation-internals';
import { SUPERGRAPH_FILE } from '#schema/subgraphs';
import { CommandError, EXIT } from '../explain.ts';

/** The supergraph in its file, which may be replaced while the gateway runs. */
export interface SupergraphFile {
  /** The last text that could be served. */
  readonly current: string;
  /** Calls with each new text that is a supergraph, when the file changes or `reload` is called. */
  follow(use: (sdl: string) => Promise<void>): void;
  /** Reads the file now. What cannot be served is told on standard error, and the former stays. */
  reload(): Promise<void>;
  close(): void;
}

/** @throws CommandError where there is no such file or no supergraph in it */
export async function openSupergraphFile(path: string = SUPERGRAPH_FILE): Promise<SupergraphFile> {
  const state = { current: await read(path), use: async (_sdl: string) => {} };
  const reload = async (): Promise<void> => {
    try {
      const sdl = await read(path);
      if (sdl === state.current) return;
      await state.use(sdl);
      state.current = sdl;
      process.stdout.write(`The gateway serves the new supergraph of ${path}\n`);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      process.stderr.write(`The former supergraph stays: ${why}\n`);
    }
  };
  const onChange = (): void => void reload();
  return {
    get current() {
      return state.current;
    },
    follow(use) {
      state.use = use;
      // Polled: a file that is replaced by renaming, or behind a symbolic link as in Kubernetes, sends no reliable event.
      watchFile(path, { interval: 500, persistent: false }, onChange);
    },
    reload,
    close: () => unwatchFile(path, onChange),
  };
}

async function read(path: string): Promise<string> {
  const sdl = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`The supergraph ${path} cannot be read (${error.code}).`, EXIT.noInput);
  });
  try {
    Supergraph.build(sdl).schema.validate();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(`${path} is not a Federation 2 supergraph: ${why}`, EXIT.wrongData);
  }
  return sdl;
}
