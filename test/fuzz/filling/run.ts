import type { Client } from '#test/kit/client';

/** @returns what the one field of the operation answers with. @throws Error where anything is refused */
export type RunField = <T = unknown>(text: string, variables?: Record<string, unknown>) => Promise<T>;

export function runAs(client: Client): RunField {
  return async <T>(text: string, variables: Record<string, unknown> = {}): Promise<T> => {
    const { data, errors } = await client.query(text, variables);
    if (errors.length > 0 || !data) throw new Error(`${text}\n${JSON.stringify(errors)}`);
    return Object.values(data)[0] as T;
  };
}
