import { ownValue } from './objects.ts';

export interface BodyOptions {
  query: string;
  operationName: string | undefined;
  /** Those of the client's variables that the operation uses. */
  variableNames: readonly string[];
}

/**
 * Writes requests as the JSON text that is signed and sent. The operation, long
 * and always the same, becomes text once.
 * @returns the writer; `extra` are more variables, already as JSON members
 */
export function compileBody({ query, operationName, variableNames }: BodyOptions) {
  const head = `{"query":${JSON.stringify(query)},"variables":{`;
  const tail = operationName === undefined ? '}}' : `},"operationName":${JSON.stringify(operationName)}}`;
  const names = variableNames.map((name) => [name, `${JSON.stringify(name)}:`] as const);
  return (variables: Readonly<Record<string, unknown>>, extra: readonly string[] = []): string => {
    const members: string[] = [];
    for (const [name, label] of names) {
      const text = JSON.stringify(ownValue(variables, name));
      if (text !== undefined) members.push(label + text);
    }
    return `${head}${members.concat(extra).join(',')}${tail}`;
  };
}
