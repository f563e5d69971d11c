import { marked } from 'marked';
import sanitizeHtml from 'sanitize-html';

/** Longest excerpt that is kept, in characters. */
export const EXCERPT_LENGTH = 2_000;

/** Text from the start of a Markdown body: no marks, no code blocks, no pictures, one line. */
export function excerptOf(markdown: string): string {
  // Marks take room, so more is read than kept; a body of a megabyte is not rendered for its first lines.
  const html = marked.parse(markdown.slice(0, EXCERPT_LENGTH * 10), { async: false });
  const text = sanitizeHtml(html, { allowedTags: [], allowedAttributes: {}, nonTextTags: SILENT });
  return text
    .replace(/&(amp|lt|gt|quot);/g, (_, name: string) => ENTITIES[name] ?? '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, EXCERPT_LENGTH);
}

/** Words of prose and code alike; addresses of links and HTML tags do not count. */
export function countWords(markdown: string): number {
  const text = markdown.replace(/\]\([^)\n]*\)|<[^>\n]*>|https?:\/\/\S+/g, ' ');
  return text.match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}'’_-]*/gu)?.length ?? 0;
}

const SILENT = ['script', 'style', 'textarea', 'option', 'noscript', 'pre', 'title'];
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' };
