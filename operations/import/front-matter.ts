/** What we read of a document's front matter; the rest of it is left alone. */
export interface FrontMatter {
  readonly title: string | undefined;
  readonly summary: string | undefined;
  readonly tags: readonly string[];
  readonly licence: string | undefined;
  readonly date: Date | undefined;
}

/**
 * Splits Markdown into its front matter and the text below. Of YAML it knows
 * `key: value`, `key: [a, b]` and `key:` followed by `- a` lines: what tools for
 * documents write. Anything else in there is passed over.
 */
export function splitFrontMatter(text: string): { matter: FrontMatter; body: string } {
  const unmarked = text.replace(/^\uFEFF/, '');
  const block = /^---[ \t]*\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/.exec(unmarked);
  const fields = readFields(block?.[1] ?? '');
  const one = (...names: readonly string[]): string | undefined =>
    names.map((name) => fields.get(name)?.[0]).find((value) => value !== undefined && value !== '');
  return {
    matter: {
      title: one('title'),
      summary: one('summary', 'description'),
      tags: (fields.get('tags') ?? fields.get('keywords') ?? [])
        .flatMap((tag) => tag.split(','))
        .map((tag) => tag.trim()),
      licence: one('licence', 'license'),
      date: readDate(one('date', 'published')),
    },
    body: block ? unmarked.slice(block[0].length) : unmarked,
  };
}

function readFields(block: string): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  let open: string[] | undefined;
  for (const line of block.split(/\r?\n/)) {
    const item = /^\s*-\s+(.*)$/.exec(line)?.[1];
    const [, key, value] = /^([A-Za-z][\w-]*):\s*(.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) {
      open = readValue(value);
      fields.set(key.toLowerCase(), open);
    } else if (item !== undefined) open?.push(unquoted(item));
  }
  return fields;
}

function readValue(value: string): string[] {
  if (value === '') return [];
  const list = /^\[(.*)\]$/.exec(value)?.[1];
  return list === undefined ? [unquoted(value)] : list.split(',').map(unquoted);
}

function unquoted(value: string): string {
  return value.trim().replace(/^(["'])(.*)\1$/, '$2');
}

function readDate(value: string | undefined): Date | undefined {
  const date = value && /^\d{4}-\d{2}-\d{2}/.test(value) ? new Date(value) : undefined;
  return date && !Number.isNaN(date.getTime()) ? date : undefined;
}
