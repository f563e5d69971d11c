import { marked } from 'marked';
import sanitizeHtml from 'sanitize-html';

/**
 * Markdown as HTML that is safe to put into a page. Markdown may hold any HTML,
 * so the result is cleaned, never the source: an allow-list of tags, attributes
 * and URL schemes. No `id`, `style` or event handlers; classes only to name the
 * language of code.
 */
export function renderMarkdown(markdown: string): string {
  return sanitizeHtml(marked.parse(markdown, { async: false, gfm: true }), RULES);
}

const RULES: sanitizeHtml.IOptions = {
  allowedTags: [...sanitizeHtml.defaults.allowedTags, 'img', 'del', 'details', 'summary'],
  allowedAttributes: {
    a: ['href', 'title', 'rel'],
    img: ['src', 'alt', 'title', 'width', 'height'],
    th: ['align'],
    td: ['align'],
    ol: ['start'],
  },
  allowedClasses: { code: [/^language-[\w+-]{1,30}$/] },
  allowedSchemes: ['http', 'https', 'mailto'],
  allowedSchemesByTag: { img: ['https'] },
  allowProtocolRelative: false,
  // Whoever follows a link of a document does not carry its address or a handle of its window along.
  transformTags: { a: sanitizeHtml.simpleTransform('a', { rel: 'nofollow noopener noreferrer' }) },
};
