/** What can be said about an answer without knowing its query. */
export interface AnswerFacts {
  /** Objects that are members of a list. */
  readonly rows: number;
  /** Values of fields named `id`. */
  readonly ids: ReadonlySet<string>;
  /** Values of fields named `title`. */
  readonly titles: ReadonlySet<string>;
}

export interface Comparison {
  /** Ids that occur in more than one answer: rows that two tenants can see. Isolation means none. */
  readonly sharedIds: readonly string[];
  /** Titles that occur in more than one answer. They may: two tenants can own documents of the same name. */
  readonly sharedTitles: readonly string[];
  readonly idCount: number;
}

export function factsOf(data: unknown): AnswerFacts {
  const objects = [...objectsIn(data, false)];
  return {
    rows: objects.filter(({ inList }) => inList).length,
    ids: new Set(objects.flatMap(({ object }) => stringAt(object, 'id'))),
    titles: new Set(objects.flatMap(({ object }) => stringAt(object, 'title'))),
  };
}

export function compare(answers: readonly AnswerFacts[]): Comparison {
  return {
    sharedIds: inSeveral(answers.map((facts) => facts.ids)),
    sharedTitles: inSeveral(answers.map((facts) => facts.titles)),
    idCount: new Set(answers.flatMap((facts) => [...facts.ids])).size,
  };
}

function inSeveral(sets: readonly ReadonlySet<string>[]): readonly string[] {
  const all = new Set(sets.flatMap((set) => [...set]));
  return [...all].filter((value) => sets.filter((set) => set.has(value)).length > 1).sort();
}

function* objectsIn(value: unknown, inList: boolean): Generator<{ object: object; inList: boolean }> {
  if (typeof value !== 'object' || value === null) return;
  const isList = Array.isArray(value);
  if (!isList) yield { object: value, inList };
  for (const child of Object.values(value)) yield* objectsIn(child, isList);
}

function stringAt(object: object, key: string): readonly string[] {
  const value: unknown = Object.entries(object).find(([name]) => name === key)?.[1];
  return typeof value === 'string' ? [value] : [];
}
