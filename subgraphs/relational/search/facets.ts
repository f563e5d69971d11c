export interface Facet {
  readonly field: 'status' | 'tag';
  readonly value: string;
  readonly count: number;
}

/** Every status and the most frequent tags, most first. */
export function facetsOf(rows: readonly { readonly status: string; readonly tags: readonly string[] }[]): Facet[] {
  return [
    ...counted(
      'status',
      rows.map(({ status }) => status),
    ),
    ...counted(
      'tag',
      rows.flatMap(({ tags }) => tags),
    ).slice(0, MOST_TAGS),
  ];
}

function counted(field: Facet['field'], values: readonly string[]): Facet[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .map(([value, count]) => ({ field, value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
}

const MOST_TAGS = 20;
