import { resolveVariables } from '#schema/example-variables';
import type { PlaygroundExample } from '../page.ts';
import { send } from './client.ts';
import type { Identity } from './identity.ts';
import { isReadOnly, titleOf } from './operations.ts';

/** The saved operations, and what their answers lend to each other, kept apart by tenant. */
export interface ExampleBook {
  /** @throws Error that tells the reader which example to run first */
  variablesFor(example: PlaygroundExample, identity: Identity): Promise<Record<string, unknown>>;
  remember(example: PlaygroundExample, identity: Identity, data: unknown): void;
}

/**
 * An example that needs a value of another one's answer asks for it as the same
 * caller, so that no id of one tenant is ever sent as another. What writes is
 * never run for that: the reader is asked to run it.
 */
export function createExampleBook(examples: readonly PlaygroundExample[], endpoint: string): ExampleBook {
  const written = new Map<string, unknown>();
  const keyOf = (name: string, identity: Identity) => `${identity.name}/${name}`;

  const variablesFor: ExampleBook['variablesFor'] = (example, identity) =>
    resolveVariables(example, (name) => answerOf(name, identity), new Date().toISOString());

  const answerOf = async (name: string, identity: Identity): Promise<unknown> => {
    const known = written.get(keyOf(name, identity));
    if (known !== undefined) return known;
    const example = examples.find((one) => one.name === name);
    if (!example) throw new Error(`There is no example ${name}.`);
    if (!isReadOnly(example.query))
      throw new Error(`Run the example “${titleOf(name)}” first: this one uses its answer.`);
    const variables = await variablesFor(example, identity);
    return (await send(endpoint, { query: example.query, variables }, identity)).body.data;
  };

  return {
    variablesFor,
    remember(example, identity, data) {
      if (!isReadOnly(example.query)) written.set(keyOf(example.name, identity), data);
    },
  };
}

export function printVariables(variables: Readonly<Record<string, unknown>>): string {
  return Object.keys(variables).length > 0 ? JSON.stringify(variables, null, 2) : '';
}

/** Undefined for text that is not JSON: the gateway then says which variable is missing. */
export function parseVariables(text: string): unknown {
  try {
    return text.trim() === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
