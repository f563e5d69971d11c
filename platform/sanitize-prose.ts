import sanitizeHtml from 'sanitize-html';

/**
 * Takes active HTML and dangerous links out of text that holds no code. Linear
 * in the length of the text. Repeats until nothing changes, so that what is
 * taken out cannot join the pieces of something else.
 */
export function cleanProse(text: string): string {
  let current = text;
  for (let round = 0; round < 4; round += 1) {
    const next = cleanTags(cleanLinks(current));
    if (next === current) return next;
    current = next;
  }
  return current.replaceAll('<', '&lt;');
}

function cleanLinks(text: string): string {
  return text
    .replace(LINK_TARGET, (whole, opening: string, target: string) => (isDangerous(target) ? `${opening}#` : whole))
    .replace(AUTOLINK, (whole, target: string) => (isDangerous(target) ? `&lt;${target}>` : whole));
}

function cleanTags(text: string): string {
  return cutElements(cutComments(text))
    .replace(MARKUP, (tag) => (AUTOLINK_WHOLE.test(tag) ? tag : cleanTag(tag)))
    .replace(BROKEN_TAG, '&lt;');
}

/** Scans instead of matching: a pattern would look for a missing end once for each beginning. */
function cutComments(text: string): string {
  const parts: string[] = [];
  let at = 0;
  for (;;) {
    const start = text.indexOf('<!--', at);
    const end = start < 0 ? -1 : text.indexOf('-->', start + 4);
    if (end < 0) return parts.join('') + text.slice(at);
    parts.push(text.slice(at, start));
    at = end + 3;
  }
}

/** Elements whose content is not text, with their content. Where one is never closed, its tag alone goes, later. */
function cutElements(text: string): string {
  const lower = text.toLowerCase();
  const unclosed = new Set<string>();
  const parts: string[] = [];
  let at = 0;
  for (const match of lower.matchAll(ACTIVE_TAG)) {
    const name = match[1] ?? '';
    if (match.index < at || unclosed.has(name)) continue;
    const closing = lower.indexOf(`</${name}`, match.index);
    const end = closing < 0 ? -1 : lower.indexOf('>', closing);
    if (end < 0) {
      unclosed.add(name);
      continue;
    }
    parts.push(text.slice(at, match.index));
    at = end + 1;
  }
  return parts.join('') + text.slice(at);
}

/** sanitize-html closes what it opens; a tag on its own must stay open. */
function cleanTag(tag: string): string {
  const name = tag.match(/^<\/?([a-z][a-z0-9-]*)/i)?.[1]?.toLowerCase() ?? '';
  if (!ALLOWED_TAGS.includes(name)) return PLACEHOLDER.test(tag) ? `&lt;${tag.slice(1)}` : '';
  if (tag.startsWith('</')) return `</${name}>`;
  if (BARE_TAG.test(tag)) return tag;
  return sanitizeHtml(tag, POLICY).replace(new RegExp(`</${name}>$`), '');
}

/** As a browser reads it: entities decoded, escapes and control characters gone. */
function isDangerous(target: string): boolean {
  const plain = target
    .replace(/&#x([0-9a-f]{1,6});?/gi, (_, hex: string) => codePoint(Number.parseInt(hex, 16)))
    .replace(/&#([0-9]{1,7});?/g, (_, decimal: string) => codePoint(Number(decimal)))
    .replace(/&colon;?/gi, ':')
    .replace(/&(tab|newline);?/gi, '')
    .replace(/[\\<\s\p{Cc}\p{Cf}]/gu, '')
    .toLowerCase();
  return /^(javascript|vbscript|livescript|mocha):/.test(plain) || (/^data:/.test(plain) && !SAFE_DATA.test(plain));
}

const codePoint = (value: number): string => (value <= 0x10ffff ? String.fromCodePoint(value) : '');

const ACTIVE_TAG =
  /<(script|style|iframe|object|embed|applet|noscript|noembed|noframes|template|svg|math|xmp|textarea|title)\b[^<>]*>/g;
/** A quoted value may hold `>`; what follows a `<` before the next `<` or the end decides. */
const MARKUP = /<\/?[a-z](?:"[^"<]*"|'[^'<]*'|[^<>"'])*>/gi;
/** What a browser could still take for the beginning of a tag. */
const BROKEN_TAG = /<(?=[!?]|\/?[a-z](?!(?:"[^"<]*"|'[^'<]*'|[^<>"'])*>))/gi;
const LINK_TARGET = /(\]\(\s*|\]:\s*)(<[^<>\n]*>|(?:[^\s()]|\([^\s()]*\))+)/g;
const AUTOLINK = /<([a-z][a-z0-9+.&#;\\-]*:[^<>]*)>/gi;
const AUTOLINK_WHOLE = /^<(?:[a-z][a-z0-9+.-]{1,31}:[^\s<>]*|[^\s<>@/]+@[^\s<>@]+)>$/i;
const BARE_TAG = /^<[a-z][a-z0-9]*\s*\/?>$/i;
/** `<name>`, as in `npm run <task>`: shown instead of dropped. */
const PLACEHOLDER = /^<\/?[a-z][\w -]*>$/i;
const SAFE_DATA = /^data:image\/(png|gif|jpe?g|webp|avif)[;,]/;
const ALLOWED_TAGS = [
  ...sanitizeHtml.defaults.allowedTags,
  ...['img', 'del', 'ins', 'details', 'summary', 'picture', 'source', 'center', 'video'],
];
const POLICY: sanitizeHtml.IOptions = {
  allowedTags: ALLOWED_TAGS,
  allowedAttributes: {
    '*': ['align', 'title', 'id', 'class', 'width', 'height', 'dir', 'lang', 'valign', 'colspan', 'rowspan'],
    a: ['href', 'name', 'target', 'rel'],
    img: ['src', 'srcset', 'alt', 'loading'],
    source: ['src', 'srcset', 'media', 'type'],
    video: ['src', 'controls', 'poster'],
    details: ['open'],
    ol: ['start'],
  },
  allowedSchemes: ['http', 'https', 'mailto'],
  allowProtocolRelative: true,
  parser: { lowerCaseTags: true },
};
