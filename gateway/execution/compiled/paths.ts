import { type Fields, isFields, ownValue } from './objects.ts';

/** Where a fetch of the plan belongs in the answer; `@` stands for every element of a list. */
export type PlanPath = readonly (string | number)[];
export type ClientPath = readonly (string | number)[];

/** The objects at a path, in order; what is null on the way is left out. */
export function collectAt(data: unknown, path: PlanPath): Fields[] {
  const found: Fields[] = [];
  collect(data, path, 0, found);
  return found;
}

function collect(value: unknown, path: PlanPath, at: number, found: Fields[]): void {
  if (value === null || value === undefined) return;
  if (at === path.length) {
    if (Array.isArray(value)) found.push(...value.filter((element) => element !== null && element !== undefined));
    else found.push(value as Fields);
    return;
  }
  const step = path[at];
  if (step === '@') {
    if (!Array.isArray(value)) throw new TypeError('A subgraph answered something else than the list of its schema.');
    for (const element of value) collect(element, path, at + 1, found);
  } else if (typeof step === 'string' && !Array.isArray(value)) {
    collect(ownValue(value, step), path, at + 1, found);
  } else throw new TypeError(`A subgraph answered a list where its schema has none, at ${String(step)}.`);
}

/** The paths in the client's answer of what `collectAt` finds, in the same order. Only errors need them. */
export function clientPathsAt(data: unknown, path: PlanPath): ClientPath[] {
  const paths: ClientPath[] = [];
  follow(data, path, 0, [], paths);
  return paths;
}

function follow(value: unknown, path: PlanPath, at: number, parent: ClientPath, paths: ClientPath[]): void {
  if (value === null || value === undefined) return;
  const step = path[at];
  if (step === undefined) paths.push(parent);
  else if (Array.isArray(value)) {
    for (const [index, element] of value.entries()) {
      follow(element, path, step === '@' ? at + 1 : at, [...parent, index], paths);
    }
  } else if (isFields(value)) follow(ownValue(value, String(step)), path, at + 1, [...parent, step], paths);
}
