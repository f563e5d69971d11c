import type { Example } from './examples.ts';

/**
 * The variables as they are sent.
 * @param answerOf `data` of another example, run for the same tenant
 * @param unique a suffix for `$unique` texts; two runs need two
 * @throws Error where a reference leads nowhere
 */
export async function resolveVariables(
  { name, variables }: Pick<Example, 'name' | 'variables'>,
  answerOf: (name: string) => Promise<unknown>,
  unique: string,
): Promise<Record<string, unknown>> {
  const resolve = async (value: unknown): Promise<unknown> => {
    if (Array.isArray(value)) return Promise.all(value.map(resolve));
    if (!isRecord(value)) return value;
    if (typeof value.$unique === 'string') return `${value.$unique}${value.$unique.endsWith('-') ? '' : ' '}${unique}`;
    if (typeof value.$daysAgo === 'number') return midnight(value.$daysAgo);
    const { $from: from, $path: path } = value;
    if (typeof from === 'string' && typeof path === 'string') return valueAt(await answerOf(from), path, name, from);
    return Object.fromEntries(await Promise.all(Object.entries(value).map(async ([k, v]) => [k, await resolve(v)])));
  };
  return Object.fromEntries(
    await Promise.all(Object.entries(variables).map(async ([key, value]) => [key, await resolve(value)])),
  );
}

function midnight(daysAgo: number): string {
  return `${new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 10)}T00:00:00.000Z`;
}

function valueAt(data: unknown, path: string, wantedBy: string, from: string): unknown {
  let value = data;
  for (const key of path.split('.')) value = (isRecord(value) || Array.isArray(value)) && Reflect.get(value, key);
  if (value !== undefined && value !== null && value !== false) return value;
  throw new Error(`${wantedBy} needs ${path} of ${from}, and its answer has nothing there.`);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
