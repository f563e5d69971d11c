import { randomUUID } from 'node:crypto';
import { createExampleRunner, type Example, loadExamples } from '#schema/examples';
import type { Answer } from './client.ts';
import type { World } from './world.ts';

export const EXAMPLES = loadExamples();

export interface SavedOperations {
  /** Sends the operation, and before it those whose answers it needs, each once. */
  run(name: string): Promise<Answer>;
}

/**
 * The saved operations as a demo tenant sends them, each as new: an event is
 * recorded and not found to be recorded already.
 * @param variables take the place of the saved ones
 * @throws Error where an answer holds errors
 */
export function savedOperations(
  world: Pick<World, 'as'>,
  slug: string,
  variables: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {},
): SavedOperations {
  const unique = randomUUID();
  const answers = new Map<string, Answer>();
  const send = async ({ name, role, query }: Example, saved: Record<string, unknown>): Promise<unknown> => {
    const input = name === RECORD_EVENT ? { input: { ...(saved.input as object), idempotencyKey: unique } } : {};
    const answer = await world.as(slug, role).query(query, { ...saved, ...input, ...variables[name] });
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

const RECORD_EVENT = '16-record-event';
