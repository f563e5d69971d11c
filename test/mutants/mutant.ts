/**
 * A wall that is taken away, by changing the text of the sources. The suite must
 * notice; where it does not, either a test is missing or the wall stands for nothing.
 */
export interface Mutant {
  readonly id: string;
  /** What is taken away, for the reader of the table. */
  readonly wall: string;
  readonly changes: readonly Change[];
  /** Test files that see what is behind the wall: the narrowest that does is enough. */
  readonly tests: readonly string[];
  /**
   * Ids of mutants whose walls hold without this one. The tests must then stay
   * green, and another mutant must take away all of them together.
   */
  readonly coveredBy?: readonly string[];
  /** Ids of the mutants whose walls this one takes away together. */
  readonly together?: readonly string[];
  /** Without the wall nothing starts, and this is what it says: no test can run then. */
  readonly refusal?: RegExp;
}

export interface Change {
  /** From the root of the sources. */
  readonly file: string;
  /** Occurs exactly once. */
  readonly text: string;
  readonly instead: string;
}

/** @throws StaleMutant where the text is not there exactly once: code was changed, and the mutant has to follow it */
export function applyChange(source: string, { file, text, instead }: Change): string {
  const found = source.split(text).length - 1;
  if (found === 1) return source.replace(text, () => instead);
  throw new StaleMutant(`${file} has ${found} times:\n${text}`);
}

/** The files that a mutant changes, with their new text. */
export function mutate(mutant: Mutant, read: (file: string) => string): ReadonlyMap<string, string> {
  const changed = new Map<string, string>();
  for (const change of mutant.changes) {
    const { file } = change;
    changed.set(file, applyChange(changed.get(file) ?? read(file), change));
  }
  return changed;
}

export class StaleMutant extends Error {
  override readonly name = 'StaleMutant';
}

/** Takes several walls away at once, of which one alone is covered by the others. */
export function together(walls: readonly Mutant[], tests: readonly string[]): Mutant {
  return {
    id: walls.map(({ id }) => id).join('+'),
    wall: walls.map(({ wall }) => wall).join(' and '),
    changes: walls.flatMap(({ changes }) => changes),
    tests,
    together: walls.map(({ id }) => id),
  };
}

type InOneFile = Pick<Mutant, 'id' | 'wall'> & Partial<Mutant> & Omit<Change, 'file'>;

/** For walls that stand in one file and are seen by the same tests. */
export function inFile(file: string, tests: readonly string[]): (mutant: InOneFile) => Mutant {
  return ({ text, instead, ...mutant }) => ({ tests, changes: [{ file, text, instead }], ...mutant });
}
