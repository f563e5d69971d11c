import { randomUUID } from 'node:crypto';
import { Kind, parse, print, visit } from 'graphql';
import { createExampleRunner, type Example, loadExamples } from '#schema/examples';
import type { Answer } from './client.ts';
import type { World } from './world.ts';

export const EXAMPLES = loadExamples();
/** It looks again until all stores have it, and ends what the relay may end first. */
export const WAITS = '46-create-in-all-stores';

export interface SavedOperations {
  /** Sends the operation, and before it those whose answers it needs, each once. */
  run(name: string): Promise<Answer>;
}

/**
 * The saved operations as a demo tenant sends them, each as new: an event is
 * recorded and not found to be recorded already.
 * @param page how long every list of one operation is, on every level
 * @throws Error where an answer holds errors
 */
export function savedOperations(
  world: Pick<World, 'as'>,
  slug: string,
  { page }: { page?: { readonly of: string; readonly size: number } } = {},
): SavedOperations {
  const unique = randomUUID();
  const answers = new Map<string, Answer>();
  const send = async ({ name, role, ...example }: Example, given: Record<string, unknown>): Promise<unknown> => {
    const saved = { query: example.query, variables: given };
    const { query, variables } = page?.of === name ? withPages(saved, page.size) : saved;
    const input = name === RECORD_EVENT ? { input: { ...(variables.input as object), idempotencyKey: unique } } : {};
    const answer = await world.as(slug, role).query(query, { ...variables, ...input });
    if (answer.errors.length > 0) throw new Error(`${name} for ${slug}: ${answer.text}`);
    answers.set(name, answer);
    return answer.data;
  };
  const runner = createExampleRunner(EXAMPLES, send, unique);
  return {
    async run(name) {
      await runner.run(name);
      return answers.get(name) as Answer;
    },
  };
}

interface Saved {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** The operation with every `first` set to one size, written out or as a variable. */
function withPages({ query, variables }: Saved, size: number): Saved {
  const sized = { ...variables };
  const document = visit(parse(query), {
    Argument(node) {
      if (node.name.value !== 'first') return undefined;
      if (node.value.kind === Kind.VARIABLE) sized[node.value.name.value] = size;
      return node.value.kind === Kind.INT ? { ...node, value: { kind: Kind.INT, value: String(size) } } : undefined;
    },
  });
  return { query: print(document), variables: sized };
}

const RECORD_EVENT = '16-record-event';
