import { readdirSync, readFileSync } from 'node:fs';
import { getOperationAST, parse } from 'graphql';
import { resolveVariables } from './example-variables.ts';

export { resolveVariables } from './example-variables.ts';

/**
 * A saved operation: `schema/examples/NN-name.graphql` and, beside it,
 * `NN-name.json` with the variables that suit every demo tenant. In the JSON
 *
 *     "$role": "editor"                          the least demo role that may run it (viewer where absent)
 *     { "$from": "03-name", "$path": "a.0.b" }   the value at that path of another example's `data`
 *     { "$unique": "Release notes" }             the text and a suffix that no run has used before, with a
 *                                                space between them unless the text ends with a hyphen
 *     { "$daysAgo": 7 }                          the moment at which that day began in UTC; -1 is tomorrow
 *
 * and everything else stands for itself.
 */
export interface Example {
  /** The file without its ending, such as `01-newest-published`. */
  readonly name: string;
  /** The first comment of the file: one sentence on what it shows. */
  readonly title: string;
  readonly query: string;
  readonly kind: 'query' | 'mutation';
  readonly role: ExampleRole;
  /** As in the file, references included; `resolveVariables` replaces them. */
  readonly variables: Readonly<Record<string, unknown>>;
}

export type ExampleRole = (typeof EXAMPLE_ROLES)[number];
const EXAMPLE_ROLES = ['viewer', 'editor', 'owner'] as const;

/** @throws Error that names the file where one of a pair is missing or wrong */
export function loadExamples(folder: URL = new URL('./examples/', import.meta.url)): Example[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.graphql'))
    .sort()
    .map((file) => {
      const name = file.replace(/\.graphql$/, '');
      const query = readFileSync(new URL(file, folder), 'utf8');
      return parseExample(name, query, readFileSync(new URL(`${name}.json`, folder), 'utf8'));
    });
}

export function parseExample(name: string, query: string, json: string): Example {
  const given: unknown = JSON.parse(json);
  if (!isRecord(given)) throw new Error(`${name}.json holds an object of variables.`);
  const { $role: role = 'viewer', ...variables } = given;
  const known = EXAMPLE_ROLES.find((one) => one === role);
  if (!known) throw new Error(`${name}.json: "$role" is one of ${EXAMPLE_ROLES.join(', ')}; got ${String(role)}.`);
  const kind = getOperationAST(parse(query))?.operation;
  if (kind !== 'query' && kind !== 'mutation') throw new Error(`${name}.graphql holds exactly one query or mutation.`);
  const title = /^#\s*(.+)$/m.exec(query)?.[1] ?? name;
  return { name, title, query, kind, role: known, variables };
}

/** Sends one operation as one demo role of one tenant and gives back `data`. */
export type SendExample = (example: Example, variables: Record<string, unknown>) => Promise<unknown>;

export interface ExampleRunner {
  /** `data` of the example; what it refers to runs first, and each example runs once. */
  run(name: string): Promise<unknown>;
}

/** Runs saved operations for one tenant. Make one runner a tenant and pass. */
export function createExampleRunner(examples: readonly Example[], send: SendExample, unique: string): ExampleRunner {
  const answers = new Map<string, Promise<unknown>>();
  const start = async (name: string): Promise<unknown> => {
    const example = examples.find((one) => one.name === name);
    if (!example) throw new Error(`There is no example ${name}.`);
    return send(example, await resolveVariables(example, run, unique));
  };
  const run = (name: string): Promise<unknown> => {
    const answer = answers.get(name) ?? start(name);
    answers.set(name, answer);
    return answer;
  };
  return { run };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
