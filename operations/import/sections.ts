/** A part of a document that can be read by itself. */
export interface Section {
  /** The headings that lead to it, outermost first. */
  readonly path: readonly string[];
  readonly text: string;
}

/** Markdown → its sections in order, each of at most `most` characters; headings within code are no headings. */
export function sectionsOf(markdown: string, most = 2_000): Section[] {
  const sections: Section[] = [];
  const path: string[] = [];
  let lines: string[] = [];
  let inCode = false;
  const close = (): void => {
    for (const text of cut(lines.join('\n').trim(), most)) sections.push({ path: path.filter(Boolean), text });
    lines = [];
  };
  for (const line of markdown.split('\n')) {
    if (/^\s*(```|~~~)/.test(line)) inCode = !inCode;
    const [, marks = '', heading = ''] = inCode ? [] : (HEADING.exec(line) ?? []);
    if (marks) {
      close();
      path.length = marks.length - 1;
      path[marks.length - 1] = heading.trim();
    }
    lines.push(line);
  }
  close();
  return sections;
}

/** At ends of paragraphs where there are some. */
function cut(text: string, most: number): string[] {
  if (text.length === 0) return [];
  if (text.length <= most) return [text];
  const paragraph = text.lastIndexOf('\n\n', most);
  // Not between the halves of a character.
  const end = paragraph > most / 4 ? paragraph : most - (/[\uD800-\uDBFF]$/.test(text.slice(0, most)) ? 1 : 0);
  return [text.slice(0, end).trim(), ...cut(text.slice(end).trim(), most)].filter(Boolean);
}

const HEADING = /^(#{1,6})\s+(.+?)\s*#*$/;
