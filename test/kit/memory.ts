import type { RelationalClient } from './relational.ts';

/** Makes a project with one execution context. @returns the id of the context */
export async function makeExecutionContext({ ask }: Pick<RelationalClient, 'ask'>, key = 'notes'): Promise<string> {
  const { data, errors } = await ask('mutation ($input: ProjectInput!) { createProject(input: $input) { id } }', {
    input: { key, name: 'A project' },
  });
  if (errors) throw new Error(JSON.stringify(errors));
  const input = { projectId: data.createProject.id, key, name: 'A context' };
  const made = await ask('mutation ($input: ExecutionContextInput!) { createExecutionContext(input: $input) { id } }', {
    input,
  });
  if (made.errors) throw new Error(JSON.stringify(made.errors));
  return made.data.createExecutionContext.id;
}

/** Offloads one short text. @returns its id */
export async function offload(
  { ask }: Pick<RelationalClient, 'ask'>,
  input: {
    readonly contextId: string;
    readonly key: string;
    readonly title?: string;
    readonly tags?: readonly string[];
  },
  text: string,
): Promise<string> {
  const { data, errors } = await ask(
    'mutation ($input: OffloadInput!, $text: String!) { offloadContext(input: $input, text: $text) { id } }',
    { input: { title: input.key, ...input }, text },
  );
  if (errors) throw new Error(JSON.stringify(errors));
  return data.offloadContext.id;
}
